//! What takes a command back: another ordinary command with the former value. Plain Rust; who may give it the server says.

use domain::ids::IncidentId;
use domain::lifecycle::CommandName;
use domain::wire::{IncidentDetail, IncidentView};

use crate::json::Json;

/// How long it is offered.
pub const OFFERED_MS: u32 = 10_000;

/// A command that takes another back.
#[derive(Clone, PartialEq, Debug)]
pub struct Undo {
    pub incident: IncidentId,
    pub command: CommandName,
    pub arguments: Vec<(&'static str, Json)>,
    /// As the command left it: whoever changed it since is not written over. None for another incident than that one.
    pub revision: Option<u32>,
    /// The command it takes back.
    pub of: CommandName,
}

/// Whether a command can be taken back at all. What moves the work on cannot: it is answered by another command.
pub fn can_be_taken_back(command: CommandName) -> bool {
    use CommandName as C;
    matches!(
        command,
        C::Claim
            | C::Release
            | C::SetCategory
            | C::SetSeverity
            | C::SetPosition
            | C::SetTitle
            | C::AddSupport
            | C::RemoveSupport
            | C::Merge
    )
}

/// The way back from a command that was just carried out. `department` is the argument it was given, if it takes one.
pub fn undo(
    command: CommandName,
    before: &IncidentDetail,
    after: &IncidentView,
    department: &str,
) -> Option<Undo> {
    use CommandName as C;
    let was = &before.incident;
    let (back, arguments) = match command {
        C::Claim => (C::Release, Vec::new()),
        C::Release => (C::Claim, Vec::new()),
        C::SetCategory => (
            C::SetCategory,
            vec![("category", Json::from(was.category?.to_string()))],
        ),
        C::SetSeverity => (
            C::SetSeverity,
            vec![("severity", Json::Count(u64::from(was.severity.level())))],
        ),
        C::SetPosition => {
            let at = was.position?;
            let place = Json::numbers(&[at.longitude(), at.latitude()]);
            (C::SetPosition, vec![("position", place)])
        }
        C::SetTitle => (C::SetTitle, vec![("title", Json::from(was.title.as_str()))]),
        C::AddSupport => (
            C::RemoveSupport,
            vec![("department", Json::from(department))],
        ),
        C::RemoveSupport => (C::AddSupport, vec![("department", Json::from(department))]),
        C::Merge => {
            let pieces = before.evidence.iter().map(|piece| piece.id.as_str());
            let evidence = Json::List(pieces.map(Json::from).collect());
            return Some(Undo {
                incident: after.merged_into?,
                command: C::Split,
                arguments: vec![("evidence", evidence)],
                revision: None,
                of: command,
            });
        }
        _ => return None,
    };
    Some(Undo {
        incident: was.id,
        command: back,
        arguments,
        revision: Some(after.revision),
        of: command,
    })
}

#[cfg(test)]
mod tests {
    use domain::category::Severity;
    use domain::lifecycle::State;
    use domain::wire::WhyView;

    use super::*;
    use crate::live::lists::tests::view;

    fn detail() -> IncidentDetail {
        let sentence = String::new;
        IncidentDetail {
            incident: view(1, Severity::Moderate, State::Registered, None),
            evidence: Vec::new(),
            timeline: Vec::new(),
            why: WhyView {
                category: sentence(),
                jurisdiction: sentence(),
                responsibility: sentence(),
                deadline: sentence(),
                category_en: sentence(),
                jurisdiction_en: sentence(),
                responsibility_en: sentence(),
                deadline_en: sentence(),
            },
            allowed: Vec::new(),
            standards: Vec::new(),
            suggestions: Vec::new(),
            work: Default::default(),
            attachments: Vec::new(),
        }
    }

    #[test]
    fn what_says_it_can_be_taken_back_has_a_way_back_and_nothing_else_has() {
        let mut before = detail();
        before.incident.category = "E0301".parse().ok();
        before.incident.position = domain::place::Position::from_degrees(113.7, 23.0).ok();
        let mut after = before.incident.clone();
        after.merged_into = Some(IncidentId::new(9, 0));
        for command in CommandName::ALL {
            let back = undo(*command, &before, &after, "swj");
            assert_eq!(
                back.is_some(),
                can_be_taken_back(*command),
                "{}",
                command.name()
            );
        }
    }

    #[test]
    fn the_former_value_comes_back_and_a_merge_is_split_from_where_it_went() {
        let before = detail();
        let after = IncidentView {
            merged_into: Some(IncidentId::new(9, 0)),
            ..before.incident.clone()
        };
        let back = undo(CommandName::SetSeverity, &before, &after, "").expect("a way back");
        assert_eq!(back.arguments, vec![("severity", Json::Count(3))]);
        let back = undo(CommandName::Merge, &before, &after, "").expect("a way back");
        assert_eq!(
            (back.command, back.incident),
            (CommandName::Split, IncidentId::new(9, 0))
        );
        assert_eq!(undo(CommandName::SetCategory, &before, &after, ""), None);
    }
}
