//! One type per kind of name or number, so that no two can be mixed up.
//! Text ids are checked where they enter; numeric ids come from (block, index) and never from chance.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Why a text cannot be an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdError(pub String);

impl fmt::Display for IdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for IdError {}

/// The longest id anybody may send, in characters (API.md).
pub const LONGEST_ID: usize = 200;

fn checked(text: &str) -> Result<Arc<str>, IdError> {
    let length = text.chars().count();
    if length == 0 || length > LONGEST_ID {
        return Err(IdError(format!(
            "{length} characters; 1 to {LONGEST_ID} are allowed"
        )));
    }
    if text.chars().any(char::is_control) {
        return Err(IdError("contains a control character".into()));
    }
    Ok(Arc::from(text))
}

macro_rules! text_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Arc<str>);

        impl $name {
            pub fn new(text: &str) -> Result<Self, IdError> {
                checked(text).map(Self)
            }
            pub fn as_str(&self) -> &str {
                &self.0
            }
            /// Sorts before every other: where a range begins.
            pub fn first() -> Self {
                Self(Arc::from(""))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{:?}", &self.0)
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                Self::new(text)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::new(&text).map_err(serde::de::Error::custom)
            }
        }
    )*};
}

text_id! {
    /// Who sends observations: `hotline-12345`, `usgs`.
    SourceId;
    /// The sender's own id of one observation; unique within its source.
    ObservationId;
    /// A sensor or a unit, as its source names it.
    ThingId;
    /// What a sensor measures: `PM2.5`, `water-level`.
    Property;
    /// A department or a town's unit that can be given an order.
    DepartmentId;
    /// A town, village or grid code of the city's register.
    JurisdictionCode;
    /// The name a person signs in with.
    AccountName;
    /// A feed definition of the city pack.
    FeedId;
    /// An alarm rule of the city pack.
    AlarmRuleId;
    /// A rule of the city pack by which one alarm mutes others.
    InhibitId;
    /// A key that lets a feed in or a reader read; not its secret.
    KeyId;
    /// A receiver of webhooks.
    EndpointId;
    /// Where a person's data lies in the vault; says nothing by itself.
    VaultToken;
}

macro_rules! counted_id {
    ($($(#[$doc:meta])* $name:ident $prefix:literal;)*) => {$(
        $(#[$doc])*
        /// Made of the journal block that brought it and its place in that block.
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
        pub struct $name(u64);

        impl $name {
            /// `index` counts within the block; a block holds far fewer than 2^20 births.
            pub fn new(block: u64, index: u32) -> Self {
                Self((block << 20) | u64::from(index & 0xf_ffff))
            }
            pub fn from_bits(bits: u64) -> Self {
                Self(bits)
            }
            pub fn bits(self) -> u64 {
                self.0
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}{}-{}", $prefix, self.0 >> 20, self.0 & 0xf_ffff)
            }
        }
        impl FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let bad = || IdError(format!("\"{text}\" is not of the form {}BLOCK-INDEX", $prefix));
                let rest = text.strip_prefix($prefix).ok_or_else(bad)?;
                let (block, index) = rest.split_once('-').ok_or_else(bad)?;
                let block: u64 = block.parse().map_err(|_| bad())?;
                let index: u32 = index.parse().map_err(|_| bad())?;
                if block >= 1 << 44 || index >= 1 << 20 {
                    return Err(bad());
                }
                Ok(Self::new(block, index))
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                if serializer.is_human_readable() {
                    serializer.collect_str(self)
                } else {
                    serializer.serialize_u64(self.0)
                }
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                if deserializer.is_human_readable() {
                    String::deserialize(deserializer)?
                        .parse()
                        .map_err(serde::de::Error::custom)
                } else {
                    u64::deserialize(deserializer).map(Self)
                }
            }
        }
    )*};
}

counted_id! {
    /// An incident.
    IncidentId "i";
    /// An alarm.
    AlarmId "a";
    /// One piece of evidence of an incident.
    EvidenceId "e";
    /// Something that somebody must be told.
    NoticeId "n";
    /// What a shift left to the next.
    HandoverId "h";
    /// A file attached to an incident.
    AttachmentId "f";
}

/// The number of a journal block; the `position` of the public contract.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct BlockNumber(pub u64);

impl BlockNumber {
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }
}

impl fmt::Display for BlockNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The UUID a client gives its command, so that sending it twice does it once.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct CommandId(u128);

impl CommandId {
    pub fn from_bits(bits: u128) -> Self {
        Self(bits)
    }
    pub fn bits(self) -> u128 {
        self.0
    }
}

impl fmt::Display for CommandId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = format!("{:032x}", self.0);
        write!(
            f,
            "{}-{}-{}-{}-{}",
            &hex[..8],
            &hex[8..12],
            &hex[12..16],
            &hex[16..20],
            &hex[20..]
        )
    }
}

impl FromStr for CommandId {
    type Err = IdError;
    /// The 36-character form of RFC 9562, any version.
    fn from_str(text: &str) -> Result<Self, IdError> {
        let bad = || IdError(format!("\"{text}\" is not a UUID"));
        let bytes = text.as_bytes();
        if bytes.len() != 36 {
            return Err(bad());
        }
        let mut bits: u128 = 0;
        for (at, byte) in bytes.iter().enumerate() {
            if matches!(at, 8 | 13 | 18 | 23) {
                if *byte != b'-' {
                    return Err(bad());
                }
                continue;
            }
            let digit = char::from(*byte).to_digit(16).ok_or_else(bad)?;
            bits = (bits << 4) | u128::from(digit);
        }
        Ok(Self(bits))
    }
}

impl Serialize for CommandId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_str(self)
        } else {
            serializer.serialize_u128(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for CommandId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            String::deserialize(deserializer)?
                .parse()
                .map_err(serde::de::Error::custom)
        } else {
            u128::deserialize(deserializer).map(Self)
        }
    }
}
