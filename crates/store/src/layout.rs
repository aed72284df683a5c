//! The layout of the original on disk.
