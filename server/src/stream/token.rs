//! The resume token: what its holder has seen, as whom, and up to where. It holds no right: whoever presents it is
//! asked anew.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::policy::Audience;
use domain::wire::Subscription;
use serde::{Deserialize, Serialize};

use super::lens::first_bytes;

/// Longer is not one of ours.
const LONGEST: usize = 4_096;

#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Token {
    pub epoch: u64,
    pub position: u64,
    pub seen: Subscription,
    /// As whom it was seen: with other rights the picture is another.
    pub audience: u64,
}

impl Token {
    pub fn text(&self) -> String {
        let bytes = postcard::to_stdvec(self).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// A number that tells audiences apart, the same after a restart.
    pub fn mark(audience: &Audience) -> u64 {
        first_bytes(&format!("{audience:?}"))
    }

    pub fn read(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        postcard::from_bytes(&bytes).ok()
    }
}
