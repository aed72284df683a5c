//! Workspaces on this machine: real files, real programs, real repositories.

#[cfg(test)]
#[path = "workspace/"]
mod workspace {
    //! One file for each kind of trouble.

    mod commands;
    mod conformance;
    mod events;
    mod ground;
    mod history;
    mod packing;
    mod paths;
    mod readiness;
    mod uploads;
}
