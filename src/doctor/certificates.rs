//! Whether the certificates we show can be read, fit their names, and how long they are good for.

use std::sync::Arc;
use std::time::Duration;

use config::{Config, KeyPair, Tls};
use jiff::Timestamp;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::ServerCertVerifier as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, RootCertStore};

use super::Finding;
use crate::io::certificates::{Certificates, provider};

pub(super) fn examine(config: &Config) -> Vec<Finding> {
    let mut found = vec![];
    let host = config.http.public_url.as_deref().and_then(host_of);
    let serves_tls = !config.sip.tls.is_empty() || !config.sip.wss.is_empty();
    match &config.http.tls {
        Tls::Files { certificate, key } => {
            let pair = KeyPair { certificate: certificate.clone(), key: key.clone() };
            found.push(pair_of("http.tls", &pair, host));
        }
        Tls::SelfSigned if serves_tls && config.certificates.sip.is_empty() => {
            found.push(Finding::doubtful(
                "http.tls",
                "self-signed: telephones over TLS will not believe it",
                "name a certificate in certificates.sip or http.tls",
            ));
        }
        Tls::SelfSigned => found.push(Finding::fine("http.tls", "self-signed")),
        Tls::Off => found.push(Finding::fine("http.tls", "off: a proxy's affair")),
    }
    let domain = config.sip.domain();
    for pair in &config.certificates.sip {
        found.push(pair_of("certificates.sip", pair, Some(&domain)));
    }
    found
}

fn pair_of(key: &str, pair: &KeyPair, name: Option<&str>) -> Finding {
    let subject = format!("{key} {}", pair.certificate.display());
    let renew = "renew it; the new files are taken into use without a restart";
    let loaded = match Certificates::load(vec![pair.clone()]) {
        Ok(loaded) => loaded,
        Err(error) => {
            return Finding::wrong(subject, format!("{error:#}"), "write both files again");
        }
    };
    let now = u64::try_from(Timestamp::now().as_second()).unwrap_or_default();
    let (seen, cure) = match verify(&loaded.chain(), name, now) {
        Ok(Some(until)) if until.saturating_sub(now) < SOON.as_secs() => {
            return Finding::doubtful(subject, format!("good until {}", day(until)), renew);
        }
        Ok(Some(until)) => return Finding::fine(subject, format!("good until {}", day(until))),
        Ok(None) => return Finding::fine(subject, "good"),
        Err(CertificateError::UnknownIssuer) => {
            let cure = "put every certificate up to the authority's into the file";
            return Finding::doubtful(subject, "the chain in the file is not whole", cure);
        }
        Err(CertificateError::ExpiredContext { not_after, .. }) => {
            (format!("ran out on {}", day(not_after.as_secs())), renew)
        }
        Err(CertificateError::NotValidYetContext { not_before, .. }) => (
            format!("is good only from {} on", day(not_before.as_secs())),
            "look at the clock, then at the certificate",
        ),
        Err(
            CertificateError::NotValidForNameContext { .. } | CertificateError::NotValidForName,
        ) => (
            format!("is not for {}", name.unwrap_or_default()),
            "get one for that name, or set sip.domain to a name that it is for",
        ),
        Err(error) => (error.to_string(), renew),
    };
    Finding::wrong(subject, seen, cure)
}

/// Until when a chain is good for somebody who believes its last certificate, in seconds since
/// 1970; none where that cannot be told.
fn verify(
    chain: &[CertificateDer<'static>],
    name: Option<&str>,
    now: u64,
) -> Result<Option<u64>, CertificateError> {
    let unreadable = || CertificateError::BadEncoding;
    let (own, rest) = chain.split_first().ok_or_else(unreadable)?;
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rest.last().or(Some(own)).cloned());
    let verifier = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider())
        .build()
        .map_err(|_| unreadable())?;
    let host = name.unwrap_or("localhost").trim_matches(['[', ']']).to_owned();
    let host = ServerName::try_from(host).map_err(|_| CertificateError::NotValidForName)?;
    let look = |second| {
        let at = UnixTime::since_unix_epoch(Duration::from_secs(second));
        match verifier.verify_server_cert(own, rest, &host, &[], at) {
            Ok(_) => Ok(()),
            Err(rustls::Error::InvalidCertificate(why)) => Err(why),
            Err(_) => Err(unreadable()),
        }
    };
    match look(now) {
        Err(
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. },
        ) if name.is_none() => {}
        judged => judged?,
    }
    // At the end of time everything has run out, and the refusal says since when.
    match look(FAR) {
        Err(CertificateError::ExpiredContext { not_after, .. }) => Ok(Some(not_after.as_secs())),
        _ => Ok(None),
    }
}

fn host_of(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split('/').next()?;
    Some(authority.rsplit_once(':').map_or(authority, |(host, _)| host))
}

fn day(second: u64) -> String {
    let at = i64::try_from(second).ok().and_then(|second| Timestamp::from_second(second).ok());
    at.map_or_else(|| "a day far off".to_owned(), |at| at.strftime("%Y-%m-%d").to_string())
}

/// The year 9999.
const FAR: u64 = 253_402_300_799;

/// Authorities renew at a third of 90 days.
const SOON: Duration = Duration::from_hours(14 * 24);

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    fn pair(
        folder: &std::path::Path,
        change: impl FnOnce(&mut rcgen::CertificateParams),
    ) -> KeyPair {
        let mut params = rcgen::CertificateParams::new(vec!["pbx.example".to_owned()]).unwrap();
        change(&mut params);
        let key = rcgen::KeyPair::generate().unwrap();
        let pem = params.self_signed(&key).unwrap().pem();
        let pair = KeyPair { certificate: folder.join("c.pem"), key: folder.join("k.pem") };
        std::fs::write(&pair.certificate, pem).unwrap();
        std::fs::write(&pair.key, key.serialize_pem()).unwrap();
        pair
    }

    /// FAULTS F22: one that ran out, one for another name, one that is good, one without its key.
    #[test]
    fn a_certificate_is_judged_by_its_dates_its_name_and_its_key() {
        let folder = tempfile::tempdir().unwrap();
        let verdict = |pair: &KeyPair, name| pair_of("t", pair, Some(name));
        let good = pair(folder.path(), |_| {});
        assert_eq!(verdict(&good, "pbx.example").verdict, Verdict::Fine);
        let other = verdict(&good, "desk.example");
        assert!(other.verdict == Verdict::Wrong && other.seen.contains("desk.example"));
        let old = pair(folder.path(), |params| {
            params.not_before = rcgen::date_time_ymd(2020, 1, 1);
            params.not_after = rcgen::date_time_ymd(2021, 2, 3);
        });
        let found = verdict(&old, "pbx.example");
        assert_eq!((found.verdict, found.seen.as_str()), (Verdict::Wrong, "ran out on 2021-02-03"));
        std::fs::write(&old.key, "nothing").unwrap();
        assert_eq!(verdict(&old, "pbx.example").verdict, Verdict::Wrong);
    }

    #[test]
    fn a_url_has_a_host() {
        assert_eq!(host_of("https://pbx.example:8443"), Some("pbx.example"));
        assert_eq!(host_of("https://pbx.example"), Some("pbx.example"));
        assert_eq!(host_of("pbx"), None);
    }
}
