//! Nothing of the product: a place for `benches/counts.rs`, which `bench/counts/run` runs.
