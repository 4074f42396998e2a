//! Files that people attach to an incident: what is known of one. Its bytes lie in the data folder under their hash; nothing here
//! reads them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::account::Actor;
use crate::ids::{AttachmentId, CommandId, IdError, IncidentId};
use crate::picture::Picture;
use crate::time::Timestamp;

/// Of one incident. The next one is refused: what happened is told by fewer.
pub const MOST_AN_INCIDENT: usize = 100;
/// Characters of a name that is shown.
pub const LONGEST_NAME: usize = 100;

/// What may be attached.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
pub enum MediaType {
    Jpeg,
    Png,
    WebP,
    Mp4,
    Pdf,
}

impl MediaType {
    pub const ALL: [Self; 5] = [Self::Jpeg, Self::Png, Self::WebP, Self::Mp4, Self::Pdf];

    /// As RFC 6838 has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::WebP => "image/webp",
            Self::Mp4 => "video/mp4",
            Self::Pdf => "application/pdf",
        }
    }

    /// Endings of file names, the usual one first.
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Png => &["png"],
            Self::WebP => &["webp"],
            Self::Mp4 => &["mp4", "m4v"],
            Self::Pdf => &["pdf"],
        }
    }

    /// Whether a browser shows it in place. A PDF may hold scripts and forms: it is only ever saved.
    pub fn is_shown_in_place(self) -> bool {
        self != Self::Pdf
    }
}

/// SHA-256 of a file's bytes, and its name in the data folder.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ContentHash(pub [u8; 32]);

impl fmt::Display for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ContentHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl FromStr for ContentHash {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        let bad = || IdError(format!("\"{text}\" is not a SHA-256 in small hexadecimal"));
        let digits = text.as_bytes();
        let is_digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        if digits.len() != 64 || !digits.iter().all(is_digit) {
            return Err(bad());
        }
        let mut hash = [0; 32];
        for (byte, pair) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_| bad())?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_| bad())?;
        }
        Ok(Self(hash))
    }
}

/// A name to show and to save under: plain, without a path, with the ending of what the file is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct AttachmentName(String);

impl AttachmentName {
    /// Of whatever a sender calls it; a name that says nothing becomes `attachment`.
    pub fn of(given: &str, kind: MediaType) -> Self {
        let last = given.rsplit(['/', '\\']).next().unwrap_or_default();
        let plain: String = last.chars().filter(|c| !is_hidden(*c)).collect();
        let plain = plain.trim_matches(|c: char| c == '.' || c.is_whitespace());
        let (stem, ending) = match plain.rsplit_once('.') {
            Some((stem, ending)) if kind.endings().contains(&&*ending.to_ascii_lowercase()) => {
                (stem, ending)
            }
            _ => (plain, kind.endings()[0]),
        };
        let room = LONGEST_NAME - 1 - ending.len();
        let stem: String = stem.chars().take(room).collect();
        let stem = stem.trim_end_matches(|c: char| c == '.' || c.is_whitespace());
        let stem = if stem.is_empty() { "attachment" } else { stem };
        Self(format!("{stem}.{ending}"))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for AttachmentName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a name must not hold: it could end a line, turn the direction of reading, or not be seen.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff0}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
        // Of other systems' paths and patterns, and what a quoted header would have to escape.
        || matches!(c, ':' | '*' | '?' | '"' | '<' | '>' | '|')
}

/// A file as it lies in the data folder.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct KeptFile {
    pub sha256: ContentHash,
    pub bytes: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct PixelSize {
    pub width: u32,
    pub height: u32,
}

/// What was kept of a file that was sent, before anybody decided whether it may be attached.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AttachedFile {
    pub name: AttachmentName,
    pub kind: MediaType,
    pub file: KeptFile,
    /// As it is shown, turned upright. Of a PDF none.
    pub size: Option<PixelSize>,
    /// Of an image: the same in at most 480 pixels, as JPEG.
    pub preview: Option<KeptFile>,
}

impl AttachedFile {
    /// Every file it needs in the data folder.
    pub fn files(&self) -> impl Iterator<Item = KeptFile> {
        std::iter::once(self.file).chain(self.preview)
    }
}

/// Somebody attaches a file that is in the data folder already.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct AttachGiven {
    /// With an id it is attached once, however often it is sent.
    pub id: Option<CommandId>,
    pub incident: IncidentId,
    pub by: Actor,
    pub file: AttachedFile,
}

/// A file of an incident. It is never changed and never taken away.
#[derive(Clone, PartialEq, Debug, Serialize, Deserialize)]
pub struct Attachment {
    pub id: AttachmentId,
    pub incident: IncidentId,
    pub by: Actor,
    pub at: Timestamp,
    pub file: AttachedFile,
}

/// Whether all of these are files of one incident; the first that is not is named. For commands that speak of files.
pub fn check_belong(
    picture: &Picture,
    incident: IncidentId,
    named: &[AttachmentId],
) -> Result<(), AttachmentId> {
    let belongs = |id: &AttachmentId| {
        let attachment = picture.attachments.get(id);
        attachment.is_some_and(|attachment| attachment.incident == incident)
    };
    match named.iter().find(|id| !belongs(id)) {
        Some(stranger) => Err(*stranger),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_name_is_plain_and_says_what_the_file_is() {
        for (given, kind, name) in [
            ("井盖 3.jpg", MediaType::Jpeg, "井盖 3.jpg"),
            ("IMG_1.JPEG", MediaType::Jpeg, "IMG_1.JPEG"),
            ("../../etc/passwd", MediaType::Pdf, "passwd.pdf"),
            ("..\\..\\boot.ini", MediaType::Png, "boot.ini.png"),
            ("invoice.pdf.exe", MediaType::Pdf, "invoice.pdf.exe.pdf"),
            (
                "a\r\nSet-Cookie: x.png",
                MediaType::Png,
                "aSet-Cookie x.png",
            ),
            ("photo\u{202e}gpj.exe", MediaType::Jpeg, "photogpj.exe.jpg"),
            ("", MediaType::Mp4, "attachment.mp4"),
            ("...", MediaType::Mp4, "attachment.mp4"),
            (".jpg", MediaType::Jpeg, "jpg.jpg"),
            ("\u{0}\u{7}", MediaType::WebP, "attachment.webp"),
        ] {
            assert_eq!(AttachmentName::of(given, kind).as_str(), name, "{given:?}");
        }
        let long = AttachmentName::of(&"长".repeat(5_000), MediaType::Jpeg);
        assert_eq!(long.as_str().chars().count(), LONGEST_NAME);
    }

    proptest! {
        #[test]
        fn no_name_is_a_path_or_ends_a_line(given in any::<String>(), kind in 0..5_usize) {
            let kind = MediaType::ALL[kind];
            let name = AttachmentName::of(&given, kind);
            let name = name.as_str();
            prop_assert!(name.chars().count() <= LONGEST_NAME);
            prop_assert!(!name.contains(['/', '\\', '"']) && !name.chars().any(char::is_control));
            prop_assert!(!name.starts_with('.'));
            let small = name.to_ascii_lowercase();
            let ends = |ending: &&str| small.ends_with(&format!(".{ending}"));
            prop_assert!(kind.endings().iter().any(ends));
            // Cleaning what is clean changes nothing.
            let again = AttachmentName::of(name, kind);
            prop_assert_eq!(again.as_str(), name);
        }

        #[test]
        fn a_hash_is_read_as_it_is_written(bytes in any::<[u8; 32]>()) {
            let hash = ContentHash(bytes);
            prop_assert_eq!(hash.to_string().parse::<ContentHash>(), Ok(hash));
        }
    }
}
