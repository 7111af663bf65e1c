//! PINs of agents who call in, proven beside the brain: a hash is slow by design.
//!
//! Every proof has a task of its own, and so many of them at once; where there are more, the PIN is
//! not proven, which is nobody's fault and no try, as it is where nothing can be read. The brain's
//! own deadline stands, whatever comes.

use std::sync::Arc;
use std::time::Instant;

use admin_api::call_in::Prover;
use routing::Verdict;
use tokio::sync::{Semaphore, mpsc};

use super::brain::Letter;
use super::inbox::{Class, Inbox};
use crate::switch::{Input, Proof};

/// Proofs that may wait for a task.
pub(super) const PROOFS_MAX: usize = 64;

/// Proves PINs until the brain is gone.
pub(super) async fn answer(
    prover: Prover,
    inbox: Arc<Inbox<Letter>>,
    mut proofs: mpsc::Receiver<Proof>,
) {
    let room = Arc::new(Semaphore::new(AT_ONCE_MAX));
    while let Some(proof) = proofs.recv().await {
        let Ok(place) = room.clone().try_acquire_owned() else {
            tracing::warn!(call = %proof.call, "too many PINs at once: this one is not proven");
            tell(&inbox, &proof, Verdict::NotProven);
            continue;
        };
        let (prover, inbox) = (prover.clone(), inbox.clone());
        tokio::spawn(async move {
            let verdict = prover.prove(proof.agent, &proof.pin).await;
            tell(&inbox, &proof, verdict);
            drop(place);
        });
    }
}

fn tell(inbox: &Inbox<Letter>, proof: &Proof, verdict: Verdict) {
    let letter = Letter::Input(Input::Proved(proof.call, proof.ticket, verdict));
    // Full: the caller's time for the proof runs out.
    let _ = inbox.push(Instant::now(), Class::Running, letter);
}

/// Proofs at one time; each waits for its turn at the hash.
const AT_ONCE_MAX: usize = 16;
