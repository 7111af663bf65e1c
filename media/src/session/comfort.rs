//! Comfort noise (RFC 3389): what is heard of a party that sends no packets while it is silent, but
//! says how loud its silence is. Who rests by Opus's DTX (RFC 7587 §3.1.3) said it by the last
//! packets before.
//!
//! Only the level is used, not the spectrum that may follow it (§3 lets a receiver do so): the
//! listener shall know that the line is there, and no more.

/// How loud a silence is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Silence {
    /// Half of the width of the uniform distribution that its noise is drawn from.
    reach: i32,
}

/// Where the noise is that one listener hears.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noise(u32);

impl Silence {
    /// From a payload; none if it is empty.
    pub(crate) fn read(payload: &[u8]) -> Option<Self> {
        // §3.1: 0 to 127 is 0 to −127 dBov; the first bit is not used.
        let level = payload.first()? & 0x7F;
        // 0 dBov is a square wave of full scale; uniform noise has its root mean square at 1/√3.
        let reach = 32_768.0 * f64::sqrt(3.0) / 10f64.powf(f64::from(level) / 20.0);
        #[expect(clippy::cast_possible_truncation, reason = "at most 56,756")]
        let reach = reach.round() as i32;
        Some(Self { reach: reach.min(REACH_MAX) })
    }

    /// As loud as these samples, in which nobody speaks, were.
    pub(crate) fn of(samples: &[i16]) -> Self {
        let energy: f64 = samples.iter().map(|sample| f64::from(*sample).powi(2)).sum();
        #[expect(clippy::cast_precision_loss, reason = "a count of samples in a packet")]
        let mean = energy / samples.len().max(1) as f64;
        #[expect(clippy::cast_possible_truncation, reason = "at most 56,756")]
        let reach = f64::sqrt(3.0 * mean).round() as i32;
        Self { reach: reach.min(REACH_MAX) }
    }

    /// Half way to another, so that one loud packet is no loud silence.
    pub(crate) fn towards(self, other: Self) -> Self {
        Self { reach: i32::midpoint(self.reach, other.reach) }
    }
}

impl Noise {
    pub(crate) fn new() -> Self {
        Self(1)
    }

    /// The next sample of a silence.
    pub(crate) fn sample(&mut self, silence: Silence) -> i16 {
        // The minimal standard of Park and Miller: nobody has to be surprised by it.
        let next = u64::from(self.0) * 48_271 % 0x7FFF_FFFF;
        self.0 = u32::try_from(next).unwrap_or(1);
        let unit = i64::from(self.0) - 0x3FFF_FFFF;
        i16::try_from(i64::from(silence.reach) * unit / 0x4000_0000).unwrap_or_default()
    }
}

/// −30 dBov: whoever claims a louder silence is not believed.
const REACH_MAX: i32 = 1_795;

#[cfg(test)]
mod tests {
    use super::*;

    fn level(payload: &[u8]) -> f64 {
        let (silence, mut noise) = (Silence::read(payload).unwrap(), Noise::new());
        let energy: f64 = (0..8_000).map(|_| f64::from(noise.sample(silence)).powi(2)).sum();
        10.0 * (energy / 8_000.0 / 32_768f64.powi(2)).log10()
    }

    /// §3.1: the first byte is the level in −dBov; what follows is the spectrum.
    #[test]
    fn the_noise_is_as_loud_as_the_packet_says() {
        for said in [40, 60, 70] {
            let heard = level(&[said, 1, 2, 3]);
            assert!((heard + f64::from(said)).abs() < 0.5, "{heard} dBov for -{said}");
        }
        let loudest = level(&[0]);
        assert!((loudest + 30.0).abs() < 0.5, "{loudest}");
        assert_eq!(Silence::read(&[]), None);
    }
}
