//! The ears against a labelled set: `bench/ears` makes the set and runs this on its folder.
//!
//! Prints the confusion matrix, the shares that matter, how long after the answer verdicts come,
//! every clip that was judged wrongly with its sentence, and what listening costs. The set is
//! synthetic, and so are the figures.
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

use std::{
    collections::BTreeMap,
    path::Path,
    time::{Duration, Instant},
};

use media::ears::{
    Ears, Sound,
    listen::Listen,
    verdict::{Answerer, Verdict},
};

type Matrix = BTreeMap<(String, &'static str), u32>;

fn main() {
    let Some(folder) = std::env::args().skip(1).find(|word| !word.starts_with('-')) else {
        println!("no set: bench/ears makes one and runs this");
        return;
    };
    if let Err(error) = measure(Path::new(&folder)) {
        eprintln!("{folder}: {error}");
        std::process::exit(1);
    }
}

fn measure(folder: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let labels = std::fs::read_to_string(folder.join("labels.tsv"))?;
    let (mut matrix, mut after, mut wrong) = (Matrix::new(), vec![], vec![]);
    let (mut spent, mut frames) = (Duration::ZERO, 0_u32);
    for row in labels.lines() {
        let [file, label, kind, line] = row.split('\t').collect::<Vec<_>>()[..] else {
            return Err(format!("not four columns: {row}").into());
        };
        let samples = hound::WavReader::open(folder.join(file))?
            .into_samples::<i16>()
            .collect::<Result<Vec<_>, _>>()?;
        let begun = Instant::now();
        let (verdict, beep) = judge(&samples);
        spent += begun.elapsed();
        frames += u32::try_from(samples.len() / 160)?;
        let verdict = verdict.ok_or("a clip of ten seconds without a verdict")?;
        *matrix.entry((label.to_owned(), word(verdict.answerer))).or_default() += 1;
        if verdict.answerer != Answerer::Uncertain {
            after.push(verdict.at_ms);
        }
        if label != word(verdict.answerer) {
            wrong.push(format!("{file} {label} ({kind}, {line}) {verdict}"));
        }
        if kind == "beep" {
            *matrix
                .entry(("beep".to_owned(), if beep { "heard" } else { "missed" }))
                .or_default() += 1;
        }
    }
    tell(&matrix, &mut after);
    println!("{:.1} µs for 20 ms of audio", spent.as_secs_f64() * 1e6 / f64::from(frames.max(1)));
    for row in &wrong {
        println!("  {row}");
    }
    Ok(())
}

/// The verdict, and whether a beep was heard, of a line in packets of 20 ms.
fn judge(samples: &[i16]) -> (Option<Verdict>, bool) {
    let opened = Instant::now();
    let mut ears = Ears::new(opened, Listen::default());
    let mut sounds = vec![];
    for (packet, n) in samples.chunks_exact(160).zip(1_u64..) {
        ears.hear(opened + Duration::from_millis(20 * n), packet, &mut sounds);
    }
    let beep = sounds.iter().any(|sound| matches!(sound, Sound::Beep { .. }));
    let verdict = sounds.into_iter().find_map(|sound| match sound {
        Sound::Judged(verdict) => Some(verdict),
        _ => None,
    });
    (verdict, beep)
}

fn tell(matrix: &Matrix, after: &mut [u32]) {
    let count = |label: &str, verdict| matrix.get(&(label.to_owned(), verdict)).copied();
    let count = |label, verdict| count(label, verdict).unwrap_or_default();
    println!("\n{:>12} {:>8} {:>8} {:>10}", "", "person", "machine", "uncertain");
    for label in ["person", "machine", "uncertain"] {
        let [person, machine, uncertain] =
            ["person", "machine", "uncertain"].map(|verdict| count(label, verdict));
        println!("{label:>12} {person:>8} {machine:>8} {uncertain:>10}");
    }
    let all = |label| {
        ["person", "machine", "uncertain"].iter().map(|verdict| count(label, verdict)).sum::<u32>()
    };
    let verdicts: u32 =
        ["person", "machine", "uncertain"].map(|l| count(l, "machine")).iter().sum();
    share("people taken for machines, of people", count("person", "machine"), all("person"));
    share("people among machine verdicts", count("person", "machine"), verdicts);
    share("machines found, of machines", count("machine", "machine"), all("machine"));
    share("uncertain, of people", count("person", "uncertain"), all("person"));
    let (heard, missed) = (count("beep", "heard"), count("beep", "missed"));
    share("beeps heard, of those within 10 s", heard, heard + missed);
    after.sort_unstable();
    let at = |percent: usize| after.get(after.len().saturating_sub(1) * percent / 100);
    if let (Some(half), Some(most)) = (at(50), at(99)) {
        println!("verdict after the answer: p50 {half} ms, p99 {most} ms");
    }
}

fn share(what: &str, part: u32, whole: u32) {
    let share = 100.0 * f64::from(part) / f64::from(whole.max(1));
    println!("{what}: {part} of {whole}, {share:.1} %");
}

fn word(answerer: Answerer) -> &'static str {
    match answerer {
        Answerer::Person => "person",
        Answerer::Machine => "machine",
        Answerer::Uncertain => "uncertain",
    }
}
