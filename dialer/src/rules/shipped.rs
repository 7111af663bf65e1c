//! The profiles that a new installation has: the values of RULES, each with its source.

use super::{ConsentRule, LegalProfile, NumberCaps, Source};
use crate::abandon::AbandonPolicy;
use crate::campaigns::{ConnectFrom, LockOut};
use crate::ids::ProfileId;
use crate::window::CallingWindow;
use uuid::Uuid;

/// The United States, the United Kingdom, Canada, Australia and Germany; to be edited.
#[must_use]
pub fn shipped() -> Vec<LegalProfile> {
    vec![us(), uk(), ca(), au(), de()]
}

fn us() -> LegalProfile {
    let sources = vec![
        checked("connect_within_ms", "16 CFR 310.4(b)(1)(iv); 47 CFR 64.1200(a)(7)"),
        checked("connect_from", "the same: within 2 s of the person's completed greeting"),
        checked("abandon", "16 CFR 310.4(b)(4)(i): 3 % per campaign and 30 days"),
        checked("ring_min_s", "16 CFR 310.4(b)(4)(ii): 15 s or four rings"),
        checked("window", "16 CFR 310.4(c): 08:00 to 21:00 of the called party"),
        checked("opt_out_key", "47 CFR 64.1200(a)(7)(i)(B) and (b)(3): an automated opt-out"),
        unchecked("window.regions", "Fla. Stat. 501.616(6), Okla. Stat. 15-775C.4: until 20:00"),
        unchecked("caps.in_24h", "Fla. Stat. 501.616(6): three calls in 24 h on one subject"),
    ];
    LegalProfile {
        caps: NumberCaps { in_24h: Some(3), ..NumberCaps::default() },
        lock_out: LockOut { after_abandoned_h: 0, after_machine_h: 0 },
        connect_from: ConnectFrom::Greeting,
        opt_out_key: true,
        ..profile(1, "United States", CallingWindow::us(), AbandonPolicy::us(), sources)
    }
}

fn uk() -> LegalProfile {
    let sources = vec![
        checked("abandon", "Ofcom, Persistent misuse, 20 December 2016: harm is judged by case"),
        checked("connect_within_ms", "Ofcom: information message within 2 s of the answer"),
        checked("ring_min_s", "Ofcom: at least 15 s"),
        checked("lock_out.after_abandoned_h", "Ofcom: 72 h unless an agent is guaranteed"),
        unchecked("lock_out.after_machine_h", "24 h in the 2010 statement; practice is 72 h"),
        unchecked("window", "practice of the industry"),
    ];
    LegalProfile {
        lock_out: LockOut { after_abandoned_h: 72, after_machine_h: 72 },
        ..profile(2, "United Kingdom", CallingWindow::uk(), AbandonPolicy::uk(), sources)
    }
}

fn ca() -> LegalProfile {
    let sources = vec![
        checked("abandon", "CRTC, Telecom Decision 2007-48: 5 % in a calendar month"),
        checked("connect_within_ms", "CRTC, Telecom Decision 2007-48: 2 s"),
        unchecked("window", "CRTC Unsolicited Telecommunications Rules, Part III, 23 and 24"),
    ];
    LegalProfile {
        lock_out: LockOut { after_abandoned_h: 0, after_machine_h: 0 },
        ..profile(3, "Canada", CallingWindow::ca(), AbandonPolicy::ca(), sources)
    }
}

fn au() -> LegalProfile {
    let sources = vec![
        unchecked("window", "Telemarketing and Research Calls Industry Standard 2017, Part 2"),
        unchecked("window.holidays", "the same: not on national public holidays, to be entered"),
        unchecked("abandon", "no percentage is set; 3 % is a default of ours"),
    ];
    profile(4, "Australia", CallingWindow::au(), AbandonPolicy::default(), sources)
}

fn de() -> LegalProfile {
    let sources = vec![
        checked("consent", "UWG § 7: consent before the call"),
        checked("cancel_ringing", "Bundesnetzagentur: nobody is rung and dropped"),
        unchecked("caps.in_day", "Bundesnetzagentur on predictive dialers: few attempts a day"),
        unchecked("window", "no hours in law; custom of the industry"),
    ];
    LegalProfile {
        caps: NumberCaps { in_day: Some(3), ..NumberCaps::default() },
        consent: ConsentRule::Express,
        cancel_ringing: false,
        ..profile(5, "Germany", CallingWindow::de(), AbandonPolicy::default(), sources)
    }
}

fn profile(
    n: u128,
    name: &str,
    window: CallingWindow,
    abandon: AbandonPolicy,
    sources: Vec<Source>,
) -> LegalProfile {
    LegalProfile {
        id: ProfileId::from(Uuid::from_u128(FIRST_ID + n)),
        name: name.to_owned(),
        window,
        caps: NumberCaps::default(),
        ring_min_s: 15,
        connect_within_ms: 2_000,
        connect_from: ConnectFrom::Answer,
        lock_out: LockOut::default(),
        consent: ConsentRule::None,
        cancel_ringing: true,
        opt_out_key: false,
        abandon,
        sources,
    }
}

/// Version 7 of the year 2026, and nothing random: the same in every installation.
const FIRST_ID: u128 = 0x019b_7600_0000_7000_8000_0000_0000_0000;

fn checked(rule: &str, basis: &str) -> Source {
    Source { rule: rule.to_owned(), basis: basis.to_owned(), checked: true }
}

fn unchecked(rule: &str, basis: &str) -> Source {
    Source { rule: rule.to_owned(), basis: basis.to_owned(), checked: false }
}
