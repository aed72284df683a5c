//! The face and its client are twins: conversations behind both keep the promises of those that are here.

#[cfg(test)]
mod broken;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod worlds;

#[cfg(test)]
mod promises {
    use testkit::conformance;

    use crate::worlds::{Behind, Here};

    #[tokio::test(flavor = "multi_thread")]
    async fn conversations_here_keep_their_promises() {
        conformance::conversations(&Here).await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn conversations_behind_a_server_keep_them_too() {
        conformance::conversations(&Behind::default())
            .await
            .unwrap();
    }
}
