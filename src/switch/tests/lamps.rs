//! Lamps: a telephone that watches an extension is told what its agent does.

use std::time::Duration;

use md5::{Digest as _, Md5};

use super::world::{CUSTOMER, World};

fn md5(text: &str) -> String {
    hex::encode(Md5::digest(text))
}

fn subscribe(extension: &str, package: &str, number: u32, extra: &str) -> String {
    format!(
        "SUBSCRIBE sip:{extension}@cordboard SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.50:5060;branch=z9hG4bK{number};rport\r\n\
         Max-Forwards: 70\r\n\
         From: <sip:{extension}@cordboard>;tag=lamp\r\nTo: <sip:{extension}@cordboard>\r\n\
         Call-ID: lamp@192.0.2.50\r\nCSeq: {number} SUBSCRIBE\r\n\
         Contact: <sip:{extension}@192.0.2.50:5060>\r\n\
         User-Agent: Desk phone 7.2 with a lamp for each neighbour\r\n\
         Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, NOTIFY, INFO, REFER, UPDATE\r\n\
         Event: {package}\r\nExpires: 600\r\n{extra}\r\n"
    )
}

/// Proves itself and subscribes to a lamp of its own extension.
pub(super) fn watch(world: &mut World, package: &str) {
    let extension = world.extension(0);
    world.watcher_sends(&subscribe(&extension, package, 1, ""));
    let challenge = world.watcher_heard();
    let (_, rest) = challenge[0].split_once("nonce=\"").unwrap();
    let nonce = rest.split('"').next().unwrap();
    let uri = "sip:cordboard";
    let own = md5(&format!("{extension}:cordboard:secret"));
    let asked = md5(&format!("SUBSCRIBE:{uri}"));
    let response = md5(&format!("{own}:{nonce}:00000001:c:auth:{asked}"));
    let proof = format!(
        "Authorization: Digest username=\"{extension}\",realm=\"cordboard\",nonce=\"{nonce}\",\
         uri=\"{uri}\",response=\"{response}\",algorithm=MD5,qop=auth,nc=00000001,cnonce=\"c\"\r\n"
    );
    world.watcher_sends(&subscribe(&extension, package, 2, &proof));
}

/// The only document since the last look, answered as a telephone does.
pub(super) fn shown(world: &mut World) -> String {
    let heard = world.watcher_heard();
    let sent: Vec<_> = heard.iter().filter(|text| text.starts_with("NOTIFY ")).collect();
    let [document] = sent[..] else { panic!("{heard:#?}") };
    let copied = ["Via: ", "From: ", "To: ", "Call-ID: ", "CSeq: "];
    let lines = document.lines().filter(|line| copied.iter().any(|name| line.starts_with(name)));
    let echoed = lines.collect::<Vec<_>>().join("\r\n");
    world.watcher_sends(&format!("SIP/2.0 200 OK\r\n{echoed}\r\nContent-Length: 0\r\n\r\n"));
    document.clone()
}

/// INTEROP 52, RFC 4235: dark while the agent is free, lit in a conversation, dark after it; one
/// document for each change.
#[test]
fn a_lamp_is_lit_while_the_agent_it_stands_for_talks() {
    let mut world = World::new();
    world.staff();
    watch(&mut world, "dialog");
    let dark = shown(&mut world);
    assert!(dark.contains("version=\"0\"") && !dark.contains("<state>"), "{dark}");
    world.lead(CUSTOMER);
    world.run(Duration::from_secs(1));
    world.carrier_answers();
    let lit = shown(&mut world);
    assert!(lit.contains("version=\"1\"") && lit.contains("<state>confirmed</state>"), "{lit}");
    world.carrier_hangs_up();
    let dark = shown(&mut world);
    assert!(dark.contains("version=\"2\"") && !dark.contains("<state>"), "{dark}");
}
