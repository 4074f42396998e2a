//! Any frame from a viewer: understood or refused with a reason, never a panic. Any frame to a page: read or refused.
#![no_main]

use app::live::picture::LivePicture;
use domain::policy::Audience;
use domain::wire::ClientMessage;
use domain::wire::live::read_ask;
use gulou::stream::{View, read_text};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|frame: &[u8]| {
    let _ = read_ask(frame);
    let _ = LivePicture::default().apply(frame);
    if let Ok(Ok(ClientMessage::Subscribe(asked))) = std::str::from_utf8(frame).map(read_text) {
        let _ = View::checked(asked, Audience::City);
    }
});
