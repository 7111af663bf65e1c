//! A message printed again by our writer, header by header.

use bytes::Bytes;
use sip::header::Name;
use sip::message::{Unprintable, Writer};
use sip::{Message, Method};

/// Unknown methods are answered, never sent: their requests are printed as OPTIONS.
pub(crate) fn reprint(message: &Message) -> Result<Bytes, Unprintable> {
    let mut writer = match message {
        Message::Request(request) => {
            let method = request.method();
            let method = if method == Method::Other { Method::Options } else { method };
            Writer::request(method, request.uri_text())
        }
        Message::Response(response) => Writer::response(response.status(), response.reason()),
    };
    for line in message.lines() {
        match line.known {
            Some(Name::ContentLength | Name::ContentType) => {}
            Some(name) => {
                writer.header(name, line.value);
            }
            None => {
                writer.header_named(line.name, line.value);
            }
        }
    }
    match message.header(Name::ContentType) {
        Some(kind) => writer.finish_with(kind, &message.body()),
        None => writer.finish(),
    }
}

/// Asserts that printing loses nothing but spelling, and that printing again changes nothing.
pub(crate) fn assert_reprints(message: &Message) {
    let printed = reprint(message).unwrap();
    let read = Message::parse(printed.clone()).unwrap();
    let counted = [Some(Name::ContentLength), Some(Name::ContentType)];
    let lines = |message: &Message| {
        let kept = message.lines().filter(|line| !counted.contains(&line.known));
        kept.map(|line| {
            let name = line.known.map_or(line.name.to_owned(), |name| name.as_str().to_owned());
            (name, line.value.to_owned())
        })
        .collect::<Vec<_>>()
    };
    assert_eq!(lines(message), lines(&read));
    if message.header(Name::ContentType).is_some() {
        assert_eq!(message.body(), read.body());
    }
    assert_eq!(reprint(&read).unwrap(), printed);
}
