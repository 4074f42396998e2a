//! What is really the matter, as the scenario knows it before any rule runs. One line each, to be held against what the
//! server makes of the observations.

use domain::category::CategoryCode;
use domain::ids::{DepartmentId, JurisdictionCode, ObservationId, SourceId, ThingId};
use domain::place::Position;
use serde::Serialize;

/// Why a reading says what is not so.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Suspect {
    OutOfRange,
    Jump,
    Stuck,
}

/// What makes a case hard to decide.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ambiguity {
    /// Who reports it cannot tell: the words fit several kinds alike.
    SeveralFit,
    /// A second thing is named that is only there, too.
    NamesAnother,
    /// Another thing is named to say that it is not the matter, or no longer.
    DeniesAnother,
    /// It lies where two towns meet.
    Border,
    /// Who answers for it changed that day.
    MovedToday,
    /// The source gives a kind that the words contradict.
    WrongKindGiven,
}

/// Who can decide a case from what is said when it is said.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum DecidedBy {
    Machine,
    /// It takes asking back, or a look at the place.
    Person,
}

/// One thing that is true.
#[derive(Clone, PartialEq, Debug, Serialize)]
#[serde(tag = "of", rename_all = "snake_case")]
pub enum Truth {
    /// What a piece of evidence is really about.
    Evidence {
        source: SourceId,
        id: ObservationId,
        /// None: nothing is the matter, or nobody could tell what.
        matter: Option<String>,
        /// What a good operator makes of it.
        category: Option<CategoryCode>,
        /// Of the matter, not of who reports it.
        position: Option<Position>,
        town: Option<JurisdictionCode>,
        /// Who should get it at first dispatch by the pack's table on that date.
        department: Option<DepartmentId>,
        drill: bool,
        /// Whether some version says its category itself.
        category_given: bool,
        suspect: Option<Suspect>,
    },
    Matter {
        id: String,
        category: Option<CategoryCode>,
        position: Position,
        town: JurisdictionCode,
        department: Option<DepartmentId>,
        /// Seconds of the day.
        from_s: u32,
        until_s: u32,
        drill: bool,
        decided_by: DecidedBy,
        #[serde(skip_serializing_if = "Option::is_none")]
        ambiguity: Option<Ambiguity>,
        /// What a reader of the words alone may take it for, where that is not one kind.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        fits: Vec<CategoryCode>,
        /// Why it is in the day: what it tests.
        remark: String,
    },
    /// The same again, later.
    SentAgain {
        source: SourceId,
        id: ObservationId,
        second: u32,
    },
    /// The same id with a higher version.
    Revised {
        source: SourceId,
        id: ObservationId,
        version: u32,
    },
    /// A sender's clock is wrong: what it says minus what is so.
    Clock { source: SourceId, ahead_s: i64 },
    /// A sensor says nothing from one second of the day to another.
    Silent {
        source: SourceId,
        thing: ThingId,
        from_s: u32,
        until_s: u32,
        category: Option<CategoryCode>,
        position: Position,
        town: Option<JurisdictionCode>,
        department: Option<DepartmentId>,
    },
    /// One unit under two names.
    SameUnit {
        source: SourceId,
        thing: ThingId,
        also_source: SourceId,
        also: ThingId,
    },
}
