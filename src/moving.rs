//! `cordboard move`: settings and records from one database to another.

use std::io::Write;

use anyhow::Context as _;
use store::{Place, Store};

/// Copies everything, and says how much of what.
pub fn run(from: &Place, to: &Place, out: &mut impl Write) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let copied = runtime.block_on(async {
        let opened = Store::open(from.clone()).await;
        let here = opened.with_context(|| format!("cannot open {from}"))?;
        let opened = Store::open(to.clone()).await;
        let there = opened.with_context(|| format!("cannot open {to}"))?;
        let copied = here.copy_to(&there).await?;
        here.close().await;
        there.close().await;
        anyhow::Ok(copied)
    })?;
    for (table, rows) in copied.iter().filter(|(_, rows)| **rows > 0) {
        writeln!(out, "{rows:>12} {table}")?;
    }
    writeln!(out, "Everything is in {to}. Name it in [database], and start the switch.")?;
    Ok(())
}
