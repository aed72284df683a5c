//! What is drawn, sequence by sequence.
