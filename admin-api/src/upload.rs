//! Bodies that are files: handed on in chunks as they arrive, to a thread that may wait.

use std::io::{self, Read};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::HeaderMap;
use dialer::import::ImportError;
use futures_util::StreamExt;
use tokio::sync::mpsc;

use crate::extract::{media_type, shorten};
use crate::problem::{FieldError, Kind, Problem};

/// A body as a file that can be read.
pub(crate) struct Chunks {
    received: mpsc::Receiver<io::Result<Bytes>>,
    current: Bytes,
}

/// Where [`feed`] puts what arrives.
pub(crate) type Feeder = mpsc::Sender<io::Result<Bytes>>;

impl Chunks {
    /// A file, and where its chunks are put.
    pub(crate) fn channel() -> (Feeder, Self) {
        let (feeder, received) = mpsc::channel(CHUNKS_IN_FLIGHT);
        (feeder, Self { received, current: Bytes::new() })
    }
}

const CHUNKS_IN_FLIGHT: usize = 4;

/// 415 for what is no text.
pub(crate) fn refuse_media(headers: &HeaderMap) -> Result<(), Problem> {
    let found = media_type(headers).unwrap_or("none");
    if ["text/csv", "text/plain", "application/vnd.ms-excel"].contains(&found) {
        return Ok(());
    }
    Err(Problem::new(Kind::MediaType, "").with_errors(vec![FieldError {
        field: "Content-Type".to_owned(),
        expected: "text/csv".to_owned(),
        got: Some(shorten(found)),
    }]))
}

/// Hands the body on as it arrives.
pub(crate) async fn feed(body: Body, chunks: Feeder, most: usize) -> Result<(), Problem> {
    let mut body = body.into_data_stream();
    let mut length = 0_usize;
    loop {
        let chunk = match tokio::time::timeout(PATIENCE, body.next()).await {
            Ok(Some(Ok(chunk))) => chunk,
            Ok(None) => return Ok(()),
            Ok(Some(Err(_))) => {
                return cut(chunks, Problem::new(Kind::Malformed, "the body ended early")).await;
            }
            Err(_) => return cut(chunks, Problem::new(Kind::Timeout, "")).await,
        };
        length = length.saturating_add(chunk.len());
        if length > most {
            let detail = format!("a file has at most {} MiB; the rows before are kept", most >> 20);
            return cut(chunks, Problem::new(Kind::TooLarge, detail)).await;
        }
        if chunks.send(Ok(chunk)).await.is_err() {
            // The reader has given up and says why itself.
            return Ok(());
        }
    }
}

/// The whole of a body that has to be in memory to be read.
pub(crate) async fn whole(body: Body, most: usize) -> Result<Vec<u8>, Problem> {
    let mut body = body.into_data_stream();
    let mut file = Vec::new();
    loop {
        let chunk = match tokio::time::timeout(PATIENCE, body.next()).await {
            Ok(Some(Ok(chunk))) => chunk,
            Ok(None) => return Ok(file),
            Ok(Some(Err(_))) => {
                return Err(Problem::new(Kind::Malformed, "the body ended early"));
            }
            Err(_) => return Err(Problem::new(Kind::Timeout, "")),
        };
        if file.len() + chunk.len() > most {
            let detail = format!("a file has at most {} MiB", most >> 20);
            return Err(Problem::new(Kind::TooLarge, detail));
        }
        file.extend_from_slice(&chunk);
    }
}

/// Ends the reading in the middle of a row, which then is no good row.
async fn cut(chunks: Feeder, why: Problem) -> Result<(), Problem> {
    // A reader that is gone needs no telling.
    let _ = chunks.send(Err(io::ErrorKind::UnexpectedEof.into())).await;
    Err(why)
}

/// Longer than this no chunk may take (FAULTS F23).
const PATIENCE: Duration = Duration::from_secs(30);

impl Read for Chunks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.current.is_empty() {
            match self.received.blocking_recv() {
                Some(chunk) => self.current = chunk?,
                None => return Ok(0),
            }
        }
        let length = buffer.len().min(self.current.len());
        let part = self.current.split_to(length);
        buffer[..length].copy_from_slice(&part);
        Ok(length)
    }
}

/// What is wrong with a file as a whole, at the line or the parameter that it is about.
pub(crate) fn unreadable(error: &ImportError) -> Problem {
    let text = error.to_string();
    let (place, expected) = text.split_once(": ").unwrap_or(("line 1", &text));
    let field = if place == "default_region" { "region" } else { place };
    Problem::field(field, expected)
}
