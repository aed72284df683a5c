//! What every workspace promises, this one keeps: for the whole machine, and for one directory.

use testkit::conformance;

use super::ground::Ground;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_whole_machine_conforms() {
    let ground = Ground::new();
    let suites = ground.path().join("suites");
    std::fs::create_dir(&suites).unwrap();
    conformance::workspace(&ground.local(), &suites)
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_directory_conforms() {
    let ground = Ground::new();
    let workspace = ground.scoped("root");
    for (name, suite) in conformance::workspace_suites() {
        // These ask for paths outside, which get another answer here.
        if name == "what cannot be is refused" {
            continue;
        }
        let directory = ground.path().join("root").join(name.replace(' ', "-"));
        std::fs::create_dir(&directory).unwrap();
        let place = conformance::Ground {
            workspace: &workspace,
            directory: &directory,
        };
        suite(place)
            .await
            .unwrap_or_else(|e| panic!("{name}: {e:#}"));
    }
}
