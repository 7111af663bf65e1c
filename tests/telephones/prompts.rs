//! Prompts as callers hear them: a file of a studio becomes what SIPp's caller is played.

use admin_api::Change;
use admin_api::Control as _;
use media::tone;
use routing::{Overflow, Prompt};
use uuid::Uuid;

use super::customer::Customer;
use super::product::Product;
use super::sipp::Sipp;
use crate::CUSTOMER_HZ;

/// Issue 4, point 6: a caller whom nobody takes hears the queue's music, uploaded at 44.1 kHz, and
/// then the queue's notice, of 48 kHz; after that the call ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_hears_the_music_and_the_notice_that_were_uploaded() {
    let carrier = Product::free_port();
    let product = Product::start(carrier).await;
    stock(&product, "Jazz", &file(MUSIC_HZ, 44_100)).await;
    stock(&product, "Sorry", &file(NOTICE_HZ, 48_000)).await;
    product.change_queue(|queue| {
        (queue.music, queue.notice) = (Some("Jazz".to_owned()), Some("Sorry".to_owned()));
        (queue.wait_ms_max, queue.overflow) = (3_000, Overflow::Notice);
    });
    let customer = Customer::listen(CUSTOMER_HZ);
    let caller = Sipp::waiting_caller(carrier, &product, customer.port());
    customer.hears(MUSIC_HZ).await;
    customer.hears(NOTICE_HZ).await;
    caller.finished().await;
    assert_eq!(product.calls(1).await[0].talk_ms, Some(0));
    product.stop_clean().await;
}

const MUSIC_HZ: u16 = 620;
const NOTICE_HZ: u16 = 1_330;

/// Adds a prompt as the API does.
async fn stock(product: &Product, name: &str, file: &[u8]) {
    let take = product.desk().studio().unwrap().convert(file).unwrap();
    let now = jiff::Timestamp::now();
    let sha256 = product.store().prompt_audio().keep(&take.wav, now).await.unwrap();
    let prompt = Prompt {
        id: Uuid::now_v7().into(),
        name: name.to_owned(),
        text: None,
        source: take.source,
        sha256,
        duration_ms: 1_500,
        loudness_db: take.loudness_db,
        peak_db: take.peak_db,
        clipped: take.clipped,
    };
    product.store().prompts().insert(&prompt, now).await.unwrap();
    product.tell(Change::Prompt { name: name.to_owned(), sound: Some(take.sound) });
}

/// A WAV file of a tone, 1.5 s of two channels.
fn file(hz: u16, rate: u32) -> Vec<u8> {
    let spec = hound::WavSpec {
        channels: 2,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut file = std::io::Cursor::new(vec![]);
    let mut wav = hound::WavWriter::new(&mut file, spec).unwrap();
    // What makes tones knows one rate: at another, the same wave is of another frequency.
    let hz = f64::from(hz) * f64::from(tone::RATE) / f64::from(rate);
    for sample in tone::sine(hz, 0.4, rate as usize * 3 / 2) {
        wav.write_sample(sample).unwrap();
        wav.write_sample(sample).unwrap();
    }
    wav.finalize().unwrap();
    file.into_inner()
}
