//! The call progress signals of each country: what sounds, and for how long.
//!
//! Source: the national values of ITU-T E.180 supplement 2 (Australia's of AS/ACIF S002, New
//! Zealand's of Telepermit TNA 102), as published lists of tones repeat them: the supplement itself
//! was not at hand. [`Country::Other`] has the 425 Hz and the cadences that E.180 recommends to
//! all. Where a country has no tone of its own for congestion it is that for busy.

use crate::{
    country::Country,
    prompt::Signal,
    tone::cadence::Sound::{Modulated, Pause, Pure, Sum},
};

/// One step of a cadence, and how long it lasts, in ms.
pub(super) type Step = (Sound, u16);

/// What sounds in a step; frequencies in Hz.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sound {
    /// Nothing.
    Pause,
    /// One sine.
    Pure(u16),
    /// Two together (`f1+f2` in E.180).
    Sum(u16, u16),
    /// The first, whose amplitude the second moves (`f1×f2`).
    Modulated(u16, u16),
}

/// The signals of one country.
struct Signals {
    ringback: &'static [Step],
    busy: &'static [Step],
    congestion: &'static [Step],
}

/// One turn of a signal.
pub(super) fn of(signal: Signal, country: Country) -> &'static [Step] {
    let signals = signals(country);
    match signal {
        Signal::Ringback => signals.ringback,
        Signal::Busy => signals.busy,
        Signal::Congestion => signals.congestion,
        // Of ours, to agents and to whoever leaves a message: no network has one.
        Signal::Beep => &[(Pure(1400), 200), (Pause, 100)],
    }
}

fn signals(country: Country) -> &'static Signals {
    match country {
        Country::At => &Signals {
            ringback: &[(Pure(420), 1000), (Pause, 5000)],
            busy: &[(Pure(420), 400), (Pause, 400)],
            congestion: &[(Pure(420), 200), (Pause, 200)],
        },
        Country::Au => &AUSTRALIA,
        Country::Be => &Signals {
            ringback: &[(Pure(425), 1000), (Pause, 3000)],
            busy: HALVES,
            congestion: &[(Pure(425), 167), (Pause, 167)],
        },
        Country::Br => &Signals {
            ringback: ONE_IN_FIVE,
            busy: QUARTERS,
            congestion: &[(Pure(425), 250), (Pause, 250), (Pure(425), 750), (Pause, 250)],
        },
        Country::Ch | Country::It => {
            &Signals { ringback: ONE_IN_FIVE, busy: HALVES, congestion: FIFTHS }
        }
        Country::Cn => &Signals {
            ringback: &[(Pure(450), 1000), (Pause, 4000)],
            busy: &[(Pure(450), 350), (Pause, 350)],
            congestion: &[(Pure(450), 700), (Pause, 700)],
        },
        Country::De => &Signals {
            ringback: ONE_IN_FIVE,
            busy: &[(Pure(425), 480), (Pause, 480)],
            congestion: &[(Pure(425), 240), (Pause, 240)],
        },
        Country::Es => &SPAIN,
        Country::Fr => &Signals {
            ringback: &[(Pure(440), 1500), (Pause, 3500)],
            busy: &[(Pure(440), 500), (Pause, 500)],
            congestion: &[(Pure(440), 250), (Pause, 250)],
        },
        Country::Gb => &BRITAIN,
        Country::In => &INDIA,
        Country::Jp => &Signals {
            ringback: &[(Modulated(400, 16), 1000), (Pause, 2000)],
            busy: &[(Pure(400), 500), (Pause, 500)],
            congestion: &[(Pure(400), 500), (Pause, 500)],
        },
        Country::Mx => &Signals { ringback: ONE_IN_FIVE, busy: QUARTERS, congestion: QUARTERS },
        Country::Nz => &NEW_ZEALAND,
        Country::Us => &Signals {
            ringback: &[(Sum(440, 480), 2000), (Pause, 4000)],
            busy: &[(Sum(480, 620), 500), (Pause, 500)],
            congestion: &[(Sum(480, 620), 250), (Pause, 250)],
        },
        Country::Nl | Country::Other => {
            &Signals { ringback: ONE_IN_FIVE, busy: HALVES, congestion: QUARTERS }
        }
    }
}

const ONE_IN_FIVE: &[Step] = &[(Pure(425), 1000), (Pause, 4000)];
const HALVES: &[Step] = &[(Pure(425), 500), (Pause, 500)];
const QUARTERS: &[Step] = &[(Pure(425), 250), (Pause, 250)];
const FIFTHS: &[Step] = &[(Pure(425), 200), (Pause, 200)];

static AUSTRALIA: Signals = Signals {
    ringback: &[(Modulated(425, 25), 400), (Pause, 200), (Modulated(425, 25), 400), (Pause, 2000)],
    busy: &[(Pure(425), 375), (Pause, 375)],
    congestion: &[(Pure(425), 375), (Pause, 375)],
};

static BRITAIN: Signals = Signals {
    ringback: &[(Sum(400, 450), 400), (Pause, 200), (Sum(400, 450), 400), (Pause, 2000)],
    busy: &[(Pure(400), 375), (Pause, 375)],
    congestion: &[(Pure(400), 400), (Pause, 350), (Pure(400), 225), (Pause, 525)],
};

static INDIA: Signals = Signals {
    ringback: &[(Modulated(400, 25), 400), (Pause, 200), (Modulated(400, 25), 400), (Pause, 2000)],
    busy: &[(Pure(400), 750), (Pause, 750)],
    congestion: &[(Pure(400), 250), (Pause, 250)],
};

static NEW_ZEALAND: Signals = Signals {
    ringback: &[(Sum(400, 450), 400), (Pause, 200), (Sum(400, 450), 400), (Pause, 2000)],
    busy: &[(Pure(400), 500), (Pause, 500)],
    congestion: &[(Pure(400), 250), (Pause, 250)],
};

static SPAIN: Signals = Signals {
    ringback: &[(Pure(425), 1500), (Pause, 3000)],
    busy: FIFTHS,
    congestion: &[
        (Pure(425), 200),
        (Pause, 200),
        (Pure(425), 200),
        (Pause, 200),
        (Pure(425), 200),
        (Pause, 600),
    ],
};
