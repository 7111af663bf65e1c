//! What is hashed, counted: a test of timing that no machine's mood can fail (FAULTS S3).

use std::cell::RefCell;

thread_local! {
    static DONE: RefCell<Vec<(&'static str, usize)>> = const { RefCell::new(vec![]) };
}

/// Notes that so many bytes are hashed by this algorithm.
pub(super) fn note(algorithm: &'static str, bytes: usize) {
    DONE.with_borrow_mut(|done| done.push((algorithm, bytes)));
}

/// What this thread hashed since the last time it was asked.
pub(super) fn take() -> Vec<(&'static str, usize)> {
    DONE.take()
}
