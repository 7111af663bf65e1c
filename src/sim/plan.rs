//! What a run is made of: seed, size, length and faults; the same plan gives the same run.
//!
//! A plan prints as the command that repeats it, so that a failure can be told in one line.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A run of the simulator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plan {
    /// All chance comes from here.
    pub seed: u64,
    /// Agents on the floor; 1 to 5,000.
    pub agents: u16,
    /// Length of the shift, in hours of virtual time.
    pub hours: f64,
    /// What goes wrong on purpose.
    pub faults: Faults,
    /// Stop after this step; none runs the shift to its end.
    pub until: Option<u64>,
}

impl Plan {
    /// The length of the shift.
    #[must_use]
    pub fn length(&self) -> Duration {
        Duration::try_from_secs_f64(self.hours * 3_600.0).unwrap_or_default()
    }
}

/// The command that repeats the run.
impl fmt::Display for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { seed, agents, hours, faults, until } = self;
        write!(f, "cordboard simulate --seed {seed} --agents {agents} --hours {hours}")?;
        write!(f, " --faults {faults}")?;
        until.map_or(Ok(()), |step| write!(f, " --until {step}"))
    }
}

/// One kind of trouble (FAULTS F and L).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Fault {
    /// Loss, jitter, reordering and duplicates of SIP (F9).
    Network,
    /// Everything between the switch and one far side is lost for a while.
    Partition,
    /// Carriers fail: storms of 503, silence, answers that cross a CANCEL (F7, F24).
    Carrier,
    /// Customers do what they should not: no audio, BYE at once, unusable SDP (F8).
    Customers,
    /// Agents pause in mid-ring, ask for what is not allowed, and leave all at once (F20).
    Agents,
    /// Telephones crash, reboot, do not answer, move to another port (F10, F11).
    Handsets,
    /// The journal's disk is slow or takes nothing (F5).
    Disk,
    /// The database is slow or gone (F3, F4).
    Store,
    /// Power cuts: what was not durable is lost, and the switch starts again (F1, F2).
    Restart,
    /// The wall clock jumps by up to an hour (F12).
    Clock,
    /// Administrators change settings under way, and numbers are forbidden.
    Admin,
}

impl Fault {
    /// Every kind, in the order they are printed.
    pub const ALL: [Self; 11] = [
        Self::Network,
        Self::Partition,
        Self::Carrier,
        Self::Customers,
        Self::Agents,
        Self::Handsets,
        Self::Disk,
        Self::Store,
        Self::Restart,
        Self::Clock,
        Self::Admin,
    ];

    /// The fault as `--faults` spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Network => "network",
            Self::Partition => "partition",
            Self::Carrier => "carrier",
            Self::Customers => "customers",
            Self::Agents => "agents",
            Self::Handsets => "handsets",
            Self::Disk => "disk",
            Self::Store => "store",
            Self::Restart => "restart",
            Self::Clock => "clock",
            Self::Admin => "admin",
        }
    }

    const fn bit(self) -> u16 {
        1 << self as u8
    }
}

/// A set of faults: `all`, `none`, or names with commas between.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults(u16);

impl Faults {
    /// Nothing goes wrong.
    pub const NONE: Self = Self(0);

    /// Everything does.
    #[must_use]
    pub fn all() -> Self {
        Fault::ALL.into_iter().collect()
    }

    /// Whether this kind of trouble is wanted.
    #[must_use]
    pub const fn has(self, fault: Fault) -> bool {
        self.0 & fault.bit() != 0
    }

    /// Whether nothing goes wrong on purpose.
    #[must_use]
    pub const fn is_none(self) -> bool {
        self.0 == 0
    }

    /// Whether a message may be lost, late or doubled on its way.
    #[must_use]
    pub const fn disturb_messages(self) -> bool {
        self.has(Fault::Network) || self.has(Fault::Partition)
    }
}

impl FromIterator<Fault> for Faults {
    fn from_iter<I: IntoIterator<Item = Fault>>(faults: I) -> Self {
        Self(faults.into_iter().fold(0, |set, fault| set | fault.bit()))
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_none() {
            return f.write_str("none");
        }
        if *self == Self::all() {
            return f.write_str("all");
        }
        let names = Fault::ALL.into_iter().filter(|fault| self.has(*fault)).map(Fault::as_str);
        f.write_str(&names.collect::<Vec<_>>().join(","))
    }
}

impl FromStr for Faults {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "all" => return Ok(Self::all()),
            "none" => return Ok(Self::NONE),
            _ => {}
        }
        let named = |name: &str| {
            let found = Fault::ALL.into_iter().find(|fault| fault.as_str() == name.trim());
            found.ok_or_else(|| {
                let known = Fault::ALL.map(Fault::as_str).join(", ");
                format!("expected all, none or a list of {known}; not {name:?}")
            })
        };
        text.split(',').map(named).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_prints_as_the_command_that_repeats_it() {
        let faults = [Fault::Disk, Fault::Network].into_iter().collect();
        let plan = Plan { seed: 7, agents: 20, hours: 0.25, faults, until: Some(812) };
        let told = "cordboard simulate --seed 7 --agents 20 --hours 0.25 --faults network,disk \
                    --until 812";
        assert_eq!(plan.to_string(), told);
    }

    #[test]
    fn faults_read_as_they_print() {
        for text in ["all", "none", "network", "disk,restart"] {
            assert_eq!(text.parse::<Faults>().unwrap().to_string(), text);
        }
        let told = "rain".parse::<Faults>().unwrap_err();
        assert!(told.starts_with("expected all, none or a list of network, partition"), "{told}");
        assert!(told.ends_with("not \"rain\""), "{told}");
    }
}
