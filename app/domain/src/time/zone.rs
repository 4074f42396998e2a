//! Time zones, from the table inside the program: the machine's own would let two nodes disagree.

use std::fmt;
use std::str::FromStr;

use jiff::tz::{Offset, TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{TimeError, Timestamp};

/// A time zone by its IANA name.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone(pub(super) TimeZone);

impl Zone {
    pub fn named(name: &str) -> Result<Zone, TimeError> {
        match TimeZoneDatabase::bundled().get(name) {
            Ok(zone) if zone.iana_name().is_some() && !zone.is_unknown() => Ok(Zone(zone)),
            _ => Err(TimeError::UnknownZone(name.to_owned())),
        }
    }

    pub fn utc() -> Zone {
        Zone(TimeZone::UTC)
    }

    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// Minutes to add to UTC at a moment (480 in Dongguan).
    pub fn offset_minutes(&self, moment: Timestamp) -> i32 {
        self.0.to_offset(moment.jiff()).seconds() / 60
    }

    pub(super) fn offset_at(&self, moment: Timestamp) -> Offset {
        self.0.to_offset(moment.jiff())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

impl FromStr for Zone {
    type Err = TimeError;
    fn from_str(name: &str) -> Result<Zone, TimeError> {
        Zone::named(name)
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Zone, D::Error> {
        let name = String::deserialize(deserializer)?;
        Zone::named(&name).map_err(de::Error::custom)
    }
}
