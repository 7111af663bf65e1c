//! Organisation settings that the floor and the numbering need (R173).

use crate::agents::time_zone;
use crate::call_in::KnownCaller;
use crate::invalid::{self, Invalid};
use crate::number::{Number, Prefix};
use crate::placeholders::is_host;
use serde::{Deserialize, Serialize};

/// The organisation whose agents these are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// The name that customers hear and administrators see.
    pub name: String,
    /// What every extension begins with (R170); checked with [`Prefix::check`] when it is saved.
    pub prefix: Prefix,
    /// The number presented where neither agent nor campaign has one (R154).
    #[serde(default)]
    pub cli: Option<Number>,
    /// IANA zone for whoever has none of their own (R143).
    pub time_zone: String,
    /// Whether a pause needs a reason.
    #[serde(default)]
    pub pause_reason: PausePolicy,
    /// An agent may clock out with a call or a wrap-up in hand (R189).
    #[serde(default)]
    pub clock_out_while_active: bool,
    /// Attendance and availability of the tracked teams are asked for (R177).
    #[serde(default)]
    pub track_attendance: bool,
    /// What it is worth that an agent calls an access number from a number of their own (R126).
    #[serde(default)]
    pub known_caller: KnownCaller,
    /// Hosts of other systems whose pages may stand in the desk, such as `crm.example.net`; at
    /// most 20.
    #[serde(default)]
    pub crm_hosts: Vec<String>,
    /// Those pages may come by http, too, which anybody on the way can read and change.
    #[serde(default)]
    pub crm_plain: bool,
}

impl Organisation {
    /// Checks all that the settings can tell by themselves.
    pub fn validate(&self) -> Result<(), Invalid> {
        invalid::line("name", &self.name, 128)?;
        if self.crm_hosts.len() > HOSTS_MAX {
            return Err(Invalid::new("crm_hosts", format!("must be at most {HOSTS_MAX}")));
        }
        for (at, host) in self.crm_hosts.iter().enumerate() {
            if !is_host(host) {
                let why = "must be a host such as crm.example.net, with a port where it has one";
                return Err(Invalid::new(format!("crm_hosts.{at}"), why));
            }
        }
        time_zone("time_zone", &self.time_zone)
    }

    /// Whose pages may stand in a frame of ours, as a policy names them (CSP level 3, frame-src).
    #[must_use]
    pub fn frame_sources(&self) -> Vec<String> {
        let schemes: &[&str] = if self.crm_plain { &["https", "http"] } else { &["https"] };
        let of = |host: &String| schemes.iter().map(move |s| format!("{s}://{host}")).collect();
        self.crm_hosts
            .iter()
            .filter(|host| is_host(host))
            .flat_map(|h| -> Vec<_> { of(h) })
            .collect()
    }

    /// What the floor has to know of it.
    #[must_use]
    pub fn policy(&self) -> Policy {
        Policy {
            pause_reason: self.pause_reason,
            clock_out_while_active: self.clock_out_while_active,
            track_attendance: self.track_attendance,
        }
    }
}

const HOSTS_MAX: usize = 20;

/// What the organisation asks of its agents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Policy {
    /// Whether a pause needs a reason.
    pub pause_reason: PausePolicy,
    /// An agent may clock out with a call or a wrap-up in hand (R189).
    pub clock_out_while_active: bool,
    /// Tracked teams clock in to a unit, and out with a reason (R177).
    pub track_attendance: bool,
}

/// Whether a pause needs a reason (REQUIREMENTS A6 on R73, R146 and R147).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PausePolicy {
    /// A pause without a reason is refused.
    #[default]
    Required,
    /// The agent may give one.
    Optional,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_organisation_asks_for_pause_reasons_unless_told_otherwise() {
        let json = r#"{"name":"Acme","prefix":"50143","time_zone":"Europe/London"}"#;
        let read: Organisation = serde_json::from_str(json).unwrap();
        assert_eq!(read.pause_reason, PausePolicy::Required);
        assert!(!read.clock_out_while_active);
        assert_eq!(read.validate(), Ok(()));
    }

    /// What is no host cannot become another word of the policy.
    #[test]
    fn only_hosts_may_be_framed() {
        let json = r#"{"name":"Acme","prefix":"50143","time_zone":"Europe/London"}"#;
        let mut acme: Organisation = serde_json::from_str(json).unwrap();
        acme.crm_hosts = vec!["crm.example".into(), "10.0.0.7:8443".into()];
        assert_eq!(acme.validate(), Ok(()));
        assert_eq!(acme.frame_sources(), ["https://crm.example", "https://10.0.0.7:8443"]);
        acme.crm_plain = true;
        assert_eq!(acme.frame_sources().len(), 4);
        for wrong in ["*", "https://a", "a b", "a;script-src *", "a/b", "", "A.example", "a:0"] {
            acme.crm_hosts = vec![wrong.into()];
            assert_eq!(acme.validate().unwrap_err().field, "crm_hosts.0", "{wrong}");
            assert_eq!(acme.frame_sources(), [""; 0], "{wrong}");
        }
    }

    #[test]
    fn an_organisation_without_a_name_or_with_a_wrong_prefix_is_refused() {
        let json = r#"{"name":"Acme","prefix":"50x43","time_zone":"Europe/London"}"#;
        let told = serde_json::from_str::<Organisation>(json).unwrap_err().to_string();
        assert!(told.contains("expected an extension prefix of 1 to 6 digits"), "{told}");
        let json = r#"{"name":" ","prefix":"50143","time_zone":"Europe/London"}"#;
        let nameless: Organisation = serde_json::from_str(json).unwrap();
        assert_eq!(nameless.validate().unwrap_err().field, "name");
    }
}
