//! The lifecycle of an incident as ONE table: command × states × roles → what becomes of it.
//! Server, buttons, documentation and tests all read this table; nothing else decides what is allowed.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::account::Role;
use crate::ids::IdError;

/// GB/T 30428 practice, in the order of the work.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    Reported,
    Registered,
    Dispatched,
    Acknowledged,
    Handling,
    Resolved,
    Checked,
    Closed,
    Rejected,
    Voided,
    Merged,
}

impl State {
    pub const ALL: [Self; 11] = [
        Self::Reported,
        Self::Registered,
        Self::Dispatched,
        Self::Acknowledged,
        Self::Handling,
        Self::Resolved,
        Self::Checked,
        Self::Closed,
        Self::Rejected,
        Self::Voided,
        Self::Merged,
    ];

    pub fn is_open(self) -> bool {
        self <= Self::Checked
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Reported => "reported",
            Self::Registered => "registered",
            Self::Dispatched => "dispatched",
            Self::Acknowledged => "acknowledged",
            Self::Handling => "handling",
            Self::Resolved => "resolved",
            Self::Checked => "checked",
            Self::Closed => "closed",
            Self::Rejected => "rejected",
            Self::Voided => "voided",
            Self::Merged => "merged",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for State {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::ALL
            .into_iter()
            .find(|state| state.name() == text)
            .ok_or_else(|| {
                let known: Vec<&str> = Self::ALL.iter().map(|state| state.name()).collect();
                IdError(format!(
                    "\"{text}\" is not a state; the states are {}",
                    known.join(", ")
                ))
            })
    }
}

/// What a command does to the state when everything else is in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    Stays,
    Becomes(State),
    /// `check`: checked when passed, handling again when not.
    CheckedOrHandling,
    /// `decide_dispute`: dispatched, and the decision binds.
    DispatchedBinding,
    /// `resolve`: the lead's moves the incident; a department in support ends its own part only.
    ByLead(State),
}

impl Outcome {
    /// Every state the command can lead to from `from`.
    pub fn targets(self, from: State) -> Vec<State> {
        match self {
            Self::Stays => vec![from],
            Self::Becomes(state) => vec![state],
            Self::CheckedOrHandling => vec![State::Checked, State::Handling],
            Self::DispatchedBinding => vec![State::Dispatched],
            Self::ByLead(state) => vec![state, from],
        }
    }
}

/// Which of an incident's departments a person of role `department` must belong to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DepartmentPart {
    /// The lead only.
    Lead,
    /// The lead or one in support.
    Any,
    /// One in support only.
    Support,
}

impl DepartmentPart {
    pub fn name(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Any => "any",
            Self::Support => "support",
        }
    }
}

/// An argument of a command, as its JSON field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Argument {
    pub name: &'static str,
    pub required: bool,
}

/// What must hold besides state and role.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Guard {
    None,
    /// The incident has a category.
    CategorySet,
    /// The lead has given it back, and no one has decided yet.
    AfterReturn,
    /// An extension was asked for and not decided.
    ExtensionAsked,
    /// At most two, and none once overdue.
    ExtensionLeft,
    SuspensionAsked,
    /// Once, and not while suspended.
    SuspensionLeft,
    Suspended,
    /// An instruction waits for an answer.
    InstructionOpen,
    AppealAsked,
    /// The standard is one of the category's.
    StandardKnown,
    /// It is worked by a plan.
    PlanInUse,
    /// Nobody is looking yet.
    NotVerifying,
}

/// One row of the table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    pub command: CommandName,
    pub from: &'static [State],
    pub outcome: Outcome,
    pub roles: &'static [Role],
    /// Whose yes comes after that of `roles`, where the pack asks for two.
    pub second: &'static [Role],
    pub department: DepartmentPart,
    pub arguments: &'static [Argument],
    pub guard: Guard,
}

macro_rules! command_names {
    ($($variant:ident $text:literal,)*) => {
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum CommandName { $($variant,)* }

        impl CommandName {
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

command_names! {
    Claim "claim",
    Release "release",
    SetCategory "set_category",
    SetSeverity "set_severity",
    SetPosition "set_position",
    SetTitle "set_title",
    Verify "verify",
    Register "register",
    Reject "reject",
    Void "void",
    Dispatch "dispatch",
    Acknowledge "acknowledge",
    Return "return",
    DecideDispute "decide_dispute",
    Arrive "arrive",
    Resolve "resolve",
    Check "check",
    Rework "rework",
    Close "close",
    ForceClose "force_close",
    Reopen "reopen",
    RequestExtension "request_extension",
    DecideExtension "decide_extension",
    RequestSuspension "request_suspension",
    DecideSuspension "decide_suspension",
    Resume "resume",
    AddSupport "add_support",
    RemoveSupport "remove_support",
    Merge "merge",
    Split "split",
    Urge "urge",
    Instruct "instruct",
    AnswerInstruction "answer_instruction",
    Escalate "escalate",
    Comment "comment",
    Link "link",
    RecordFeedback "record_feedback",
    Appeal "appeal",
    DecideAppeal "decide_appeal",
    RequestVerification "request_verification",
    AcceptSupport "accept_support",
    SetOut "set_out",
    Tick "tick",
}

impl fmt::Display for CommandName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for CommandName {
    type Err = IdError;
    fn from_str(text: &str) -> Result<Self, IdError> {
        Self::ALL
            .iter()
            .copied()
            .find(|command| command.name() == text)
            .ok_or_else(|| IdError(format!("\"{text}\" is not a command")))
    }
}

const OPEN: &[State] = &[
    State::Reported,
    State::Registered,
    State::Dispatched,
    State::Acknowledged,
    State::Handling,
    State::Resolved,
    State::Checked,
];
const TO_HANDLING: &[State] = &[State::Dispatched, State::Acknowledged, State::Handling];
const TO_RESOLVED: &[State] = &[
    State::Dispatched,
    State::Acknowledged,
    State::Handling,
    State::Resolved,
];
const AT_WORK: &[State] = &[State::Acknowledged, State::Handling];
const NEW: &[State] = &[State::Reported, State::Registered];
const DESK: &[Role] = &[Role::Operator, Role::ShiftLeader, Role::Dispatcher];
/// Everyone who works on incidents. The administrator manages packs and people; auditor and wall only look.
const IN_SCOPE: &[Role] = &[
    Role::Collector,
    Role::Operator,
    Role::ShiftLeader,
    Role::Dispatcher,
    Role::Department,
    Role::Commander,
];
const LEADERS: &[Role] = &[Role::ShiftLeader, Role::Commander];
const DEPARTMENT: &[Role] = &[Role::Department];

const fn must(name: &'static str) -> Argument {
    Argument {
        name,
        required: true,
    }
}

const fn may(name: &'static str) -> Argument {
    Argument {
        name,
        required: false,
    }
}

const REASON: &[Argument] = &[must("reason")];
const TEXT: &[Argument] = &[must("text")];
const SPOKEN: &[Argument] = &[
    must("text"),
    may("mentions"),
    may("attachments"),
    may("position"),
];

const fn row(
    command: CommandName,
    from: &'static [State],
    outcome: Outcome,
    roles: &'static [Role],
    arguments: &'static [Argument],
) -> Row {
    Row {
        command,
        from,
        outcome,
        roles,
        second: &[],
        department: DepartmentPart::Any,
        arguments,
        guard: Guard::None,
    }
}

impl Row {
    const fn guarded(mut self, guard: Guard) -> Self {
        self.guard = guard;
        self
    }

    const fn of_the_lead(mut self) -> Self {
        self.department = DepartmentPart::Lead;
        self
    }

    const fn in_support(mut self) -> Self {
        self.department = DepartmentPart::Support;
        self
    }

    const fn then(mut self, second: &'static [Role]) -> Self {
        self.second = second;
        self
    }
}

/// The table of the public contract (API.md, "Incidents"), row by row.
pub const TABLE: &[Row] = {
    use CommandName as C;
    use Outcome::{Becomes, ByLead, CheckedOrHandling, DispatchedBinding, Stays};
    use State as S;
    &[
        row(C::Claim, NEW, Stays, DESK, &[]),
        row(C::Release, NEW, Stays, DESK, &[]),
        row(C::SetCategory, OPEN, Stays, DESK, &[must("category")]),
        row(C::SetSeverity, OPEN, Stays, DESK, &[must("severity")]),
        row(C::SetPosition, OPEN, Stays, DESK, &[must("position")]),
        row(C::SetTitle, OPEN, Stays, DESK, &[must("title")]),
        row(
            C::Verify,
            &[S::Reported],
            Stays,
            &[Role::Collector, Role::Operator],
            &[must("confirmed"), may("text")],
        ),
        row(
            C::Register,
            &[S::Reported],
            Becomes(S::Registered),
            &[Role::ShiftLeader],
            &[],
        )
        .guarded(Guard::CategorySet),
        row(
            C::Reject,
            &[S::Reported],
            Becomes(S::Rejected),
            &[Role::ShiftLeader],
            REASON,
        ),
        row(
            C::Void,
            NEW,
            Becomes(S::Voided),
            &[Role::ShiftLeader],
            REASON,
        ),
        row(
            C::Dispatch,
            &[S::Registered],
            Becomes(S::Dispatched),
            &[Role::Dispatcher],
            &[may("lead"), may("supporting")],
        ),
        row(
            C::Acknowledge,
            &[S::Dispatched],
            Becomes(S::Acknowledged),
            DEPARTMENT,
            &[],
        )
        .of_the_lead(),
        row(
            C::Return,
            TO_HANDLING,
            Becomes(S::Registered),
            DEPARTMENT,
            REASON,
        )
        .of_the_lead(),
        row(
            C::DecideDispute,
            &[S::Registered],
            DispatchedBinding,
            LEADERS,
            &[must("lead"), must("reason")],
        )
        .guarded(Guard::AfterReturn),
        row(
            C::Arrive,
            AT_WORK,
            Becomes(S::Handling),
            DEPARTMENT,
            &[may("position")],
        ),
        row(
            C::Resolve,
            AT_WORK,
            ByLead(S::Resolved),
            DEPARTMENT,
            &[must("text"), may("attachments"), may("position")],
        ),
        row(
            C::Check,
            &[S::Resolved],
            CheckedOrHandling,
            &[Role::Collector, Role::Operator],
            &[must("passed"), may("text")],
        ),
        row(
            C::Rework,
            &[S::Resolved, S::Checked],
            Becomes(S::Handling),
            &[Role::Dispatcher, Role::ShiftLeader],
            REASON,
        ),
        row(
            C::Close,
            &[S::Checked],
            Becomes(S::Closed),
            &[Role::ShiftLeader],
            &[must("standard")],
        )
        .guarded(Guard::StandardKnown),
        row(C::ForceClose, OPEN, Becomes(S::Closed), LEADERS, REASON),
        row(
            C::Reopen,
            &[S::Closed],
            Becomes(S::Registered),
            &[Role::ShiftLeader],
            REASON,
        ),
        row(C::RequestExtension, TO_HANDLING, Stays, DEPARTMENT, REASON)
            .guarded(Guard::ExtensionLeft),
        row(
            C::DecideExtension,
            TO_HANDLING,
            Stays,
            &[Role::Dispatcher],
            &[must("approved"), may("reason")],
        )
        .guarded(Guard::ExtensionAsked)
        .then(LEADERS),
        row(
            C::RequestSuspension,
            TO_HANDLING,
            Stays,
            DEPARTMENT,
            &[must("reason"), may("until")],
        )
        .guarded(Guard::SuspensionLeft),
        row(
            C::DecideSuspension,
            TO_HANDLING,
            Stays,
            &[Role::Dispatcher],
            &[must("approved"), may("reason")],
        )
        .guarded(Guard::SuspensionAsked)
        .then(LEADERS),
        row(
            C::Resume,
            TO_HANDLING,
            Stays,
            &[Role::Department, Role::Dispatcher],
            &[],
        )
        .guarded(Guard::Suspended),
        row(
            C::AddSupport,
            TO_RESOLVED,
            Stays,
            &[Role::Dispatcher],
            &[must("department")],
        ),
        row(
            C::RemoveSupport,
            TO_RESOLVED,
            Stays,
            &[Role::Dispatcher],
            &[must("department")],
        ),
        row(C::Merge, OPEN, Becomes(S::Merged), DESK, &[must("into")]),
        row(C::Split, OPEN, Stays, DESK, &[must("evidence")]),
        row(C::Urge, OPEN, Stays, LEADERS, TEXT),
        row(
            C::Instruct,
            OPEN,
            Stays,
            LEADERS,
            &[must("text"), may("answer_by")],
        ),
        row(
            C::AnswerInstruction,
            OPEN,
            Stays,
            DEPARTMENT,
            &[must("text"), may("instruction")],
        )
        .guarded(Guard::InstructionOpen),
        row(C::Escalate, OPEN, Stays, IN_SCOPE, TEXT),
        row(C::Comment, OPEN, Stays, IN_SCOPE, SPOKEN),
        row(C::Link, OPEN, Stays, IN_SCOPE, &[must("incident")]),
        row(
            C::RecordFeedback,
            &[S::Closed],
            Stays,
            &[Role::Operator],
            &[must("satisfied"), may("text")],
        ),
        row(C::Appeal, &[S::Closed], Stays, DEPARTMENT, REASON),
        row(
            C::DecideAppeal,
            &[S::Closed],
            Stays,
            &[Role::ShiftLeader],
            &[must("approved"), may("reason")],
        )
        .guarded(Guard::AppealAsked),
        row(
            C::RequestVerification,
            &[S::Reported],
            Stays,
            &[Role::Operator, Role::ShiftLeader],
            &[may("text")],
        )
        .guarded(Guard::NotVerifying),
        row(C::AcceptSupport, TO_HANDLING, Stays, DEPARTMENT, &[]).in_support(),
        row(
            C::SetOut,
            TO_HANDLING,
            Stays,
            DEPARTMENT,
            &[may("unit"), may("eta_minutes"), may("position")],
        ),
        row(
            C::Tick,
            TO_RESOLVED,
            Stays,
            &[
                Role::Operator,
                Role::ShiftLeader,
                Role::Dispatcher,
                Role::Department,
            ],
            &[must("item"), must("done"), may("text")],
        )
        .guarded(Guard::PlanInUse),
    ]
};

/// The row of a command. Every command has exactly one; a test holds that.
pub fn row_of(command: CommandName) -> &'static Row {
    TABLE
        .iter()
        .find(|row| row.command == command)
        .expect("every command has its row")
}
