//! A telephone's transfer key, written as a telephone writes it.

use sip::Flow;

use super::{World, switch_address};
use crate::switch::Input;

impl World {
    /// The telephone of the agent at this index asks by REFER that its customer be sent there;
    /// what it is told, the response first, then the fragment of each NOTIFY.
    pub(in crate::switch::tests) fn phone_refers(&mut self, index: usize, to: &str) -> Vec<String> {
        self.refers(index, &format!("sip:{to}@{}", switch_address()))
    }

    /// The same with the whole URI of Refer-To.
    pub(super) fn refers(&mut self, index: usize, to: &str) -> Vec<String> {
        let phone = &self.phones[index];
        let answered = String::from_utf8(phone.answered.clone().unwrap().to_vec()).unwrap();
        let header = |name: &str| {
            let line = answered.lines().find(|line| line.starts_with(name)).unwrap();
            line[name.len()..].trim().to_owned()
        };
        let at = phone.address;
        // Greater than that of any earlier request in the dialog.
        let cseq = 1_000 + self.sent;
        let refer = format!(
            "REFER sip:cordboard@{} SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bKkey{cseq}\r\n\
             Max-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\nCall-ID: {}\r\nCSeq: {cseq} REFER\r\n\
             Contact: <sip:{at}>\r\nRefer-To: <{to}>\r\nContent-Length: 0\r\n\r\n",
            switch_address(),
            header("To:"),
            header("From:"),
            header("Call-ID:"),
        );
        self.told.clear();
        self.feed(Input::Sip(Flow::udp(switch_address(), at), refer.into()));
        std::mem::take(&mut self.told)
    }

    /// Keeps what is said of a REFER.
    pub(super) fn overhear(&mut self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        if text.starts_with("SIP/2.0 200") && text.contains(" INVITE\r\n") {
            self.taken = text.clone().into_owned();
        }
        let is_answer = text.starts_with("SIP/2.0") && text.contains(" REFER\r\n");
        let fragment = text.starts_with("NOTIFY").then(|| text.split("\r\n\r\n").nth(1)).flatten();
        let line = if is_answer { text.lines().next() } else { fragment.map(str::trim_end) };
        self.told.extend(line.map(str::to_owned));
    }
}
