//! The moments that the forecast looks at, and the step from a figure to a place in a table.

/// Moments of the forecast.
pub const STEPS: usize = 20;

/// One figure for each moment of the forecast.
pub type Row = [f64; STEPS];

/// Seconds ahead: every one to ten, then every other to thirty.
pub(super) const AHEAD_S: Row = [
    1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 22.0, 24.0,
    26.0, 28.0, 30.0,
];

/// The whole part of `x` as an index no greater than `last`; below zero it is the first.
pub(super) fn index(x: f64, last: usize) -> usize {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float casts to the nearest index there is, and NaN to the first"
    )]
    let index = x as usize;
    index.min(last)
}

/// A count as a figure; exact to 2^32.
pub(super) fn figure(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// A figure to the nearest whole number.
pub(crate) fn whole(figure: f64) -> u32 {
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a float casts to the nearest integer there is, and NaN to nought"
    )]
    let whole = figure.round() as u32;
    whole
}
