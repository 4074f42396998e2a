//! Any frame from a viewer: understood or refused with a reason, never a panic.
#![no_main]

use domain::policy::Audience;
use domain::wire::ClientMessage;
use gulou::stream::{View, read_binary, read_text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|frame: &[u8]| {
    let binary = read_binary(frame);
    let text = std::str::from_utf8(frame).map(read_text);
    for message in [binary.ok(), text.ok().and_then(Result::ok)].into_iter().flatten() {
        if let ClientMessage::Subscribe(asked) = message {
            let _ = View::checked(asked, Audience::City);
        }
    }
});
