//! The tools as an agent uses them: through the executor, on real files.

#[cfg(test)]
#[path = "it/"]
mod it {
    //! One file for each face of the tools.

    mod editor;
    mod executor;
    mod faults;
    mod hands;
    mod recorded;
    mod schemas;
    mod search;
    mod undoing;
}
