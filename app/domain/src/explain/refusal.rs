//! What is said to whoever gave a command that was refused.

use super::say;
use crate::command::{AlarmRefusal, NotNow, Refusal};
use crate::language::Language;

/// What the giver of a refused command is told: what happened and what to do next.
pub fn refusal(language: Language, refusal: &Refusal) -> String {
    match refusal {
        Refusal::UnknownIncident | Refusal::OutOfScope => say(
            language,
            "没有这个事件，或不在您的范围内。".into(),
            "There is no such incident within your scope.".into(),
        ),
        Refusal::WrongRole { command } => say(
            language,
            format!("您的角色不能执行 {command}。"),
            format!("Your role may not give the command {command}."),
        ),
        Refusal::NotYourIncident => say(
            language,
            "该事件不由您的部门办理。".into(),
            "Your department does not have this incident.".into(),
        ),
        Refusal::Invalid { pointer, reason } => say(
            language,
            format!("{pointer}：{reason}"),
            format!("{pointer}: {reason}"),
        ),
        Refusal::WrongState { state } => say(
            language,
            format!("事件现处于 {state} 状态，不允许此操作。"),
            format!("The incident is {state}; the command is not allowed there."),
        ),
        Refusal::NotNow { reason } => not_now(language, *reason),
        Refusal::RevisionMoved {
            expected,
            revision,
            last_change,
        } => {
            let (zh, en) = match last_change {
                Some(change) => (
                    format!("，最近一次是 {} 的 {}", change.by.name(), change.what),
                    format!("; last by {} with {}", change.by.name(), change.what),
                ),
                None => (String::new(), String::new()),
            };
            say(
                language,
                format!(
                    "事件已变更：您看到的是第 {expected} 版，现为第 {revision} 版{zh}。请查看后再试。"
                ),
                format!(
                    "The incident moved from revision {expected} to {revision}{en}. Look again, then retry."
                ),
            )
        }
        Refusal::EarlierMissing(id) => say(
            language,
            format!("先行操作 {id} 尚未成功。"),
            format!("The command {id} that must come first has not been carried out."),
        ),
        Refusal::OfAlarm(refusal) => of_alarm(language, refusal),
    }
}

fn of_alarm(language: Language, refusal: &AlarmRefusal) -> String {
    match refusal {
        AlarmRefusal::Unknown => say(
            language,
            "没有这个报警。".into(),
            "There is no such alarm.".into(),
        ),
        AlarmRefusal::WrongRole => say(
            language,
            "您的角色不能执行此操作。".into(),
            "Your role may not give this command.".into(),
        ),
        AlarmRefusal::NotYetThere => say(
            language,
            "按下之后才出现的报警，不受此操作影响。".into(),
            "The alarm came after what you saw; nothing was done to it.".into(),
        ),
        AlarmRefusal::ToldSince => say(
            language,
            "按下之后该报警又响起或加重，请查看后再试。".into(),
            "The alarm rose again or grew worse after what you saw. Look again, then retry.".into(),
        ),
        AlarmRefusal::WrongState(state) => say(
            language,
            format!("报警现处于 {} 状态，不允许此操作。", state.name()),
            format!(
                "The alarm is {}; the command is not allowed there.",
                state.name()
            ),
        ),
    }
}

fn not_now(language: Language, reason: NotNow) -> String {
    let (zh, en) = match reason {
        NotNow::NoCategory => ("请先选定类别。", "Set the category first."),
        NotNow::NoReturn => ("没有待裁决的回退。", "No return waits for a decision."),
        NotNow::NothingAsked => ("没有待审批的申请。", "Nothing was asked for."),
        NotNow::ExtensionsUsedUp => ("延期已用满两次。", "Both extensions are used."),
        NotNow::AlreadyOverdue => (
            "已超时，不能再申请延期。",
            "It is overdue: no extension any more.",
        ),
        NotNow::AlreadyAsked => ("已有待审批的申请。", "A request is already waiting."),
        NotNow::AlreadySuspended => ("事件已在挂账中。", "It is already suspended."),
        NotNow::SuspendedOnce => ("挂账只能一次。", "It was suspended once already."),
        NotNow::NotSuspended => ("事件没有挂账。", "It is not suspended."),
        NotNow::NoInstruction => ("没有待答复的批示。", "No instruction waits for an answer."),
        NotNow::UnknownStandard => (
            "结案标准不属于该类别。",
            "The standard is not one of the category's.",
        ),
        NotNow::Binding => (
            "已有终局裁决，不能再回退。",
            "A binding decision was made: it cannot be returned.",
        ),
        NotNow::ClaimedByAnother => ("已被他人认领。", "Somebody else has claimed it."),
        NotNow::NotClaimed => ("您没有认领该事件。", "You have not claimed it."),
        NotNow::NoLead => (
            "权责清单没有给出主责部门，请指定 lead。",
            "The table names no lead: give one as lead.",
        ),
        NotNow::SeveralLeads => (
            "权责清单给出多个主责部门，请指定 lead。",
            "The table names several leads: give one as lead.",
        ),
        NotNow::AlreadyThere => ("已经如此，无需重复。", "It is so already."),
        NotNow::LeaderDecides => (
            "您已同意，还须值班长或领导审批。",
            "You have said yes; a shift leader or commander must too.",
        ),
        NotNow::AlreadyArrived => ("贵部门已到场。", "Your department is on site already."),
        NotNow::PartDone => (
            "贵部门的处置已完成。",
            "Your department's part is done already.",
        ),
        NotNow::NoPlan => ("该事件没有预案清单。", "It is not worked by a plan."),
        NotNow::TooMany => ("批示已达上限。", "It takes no more instructions."),
        NotNow::AttachmentsFull => (
            "该事件的附件已达上限。",
            "It has as many attachments as an incident may have.",
        ),
        NotNow::NotThere => ("该部门不在协同之列。", "That department is not in support."),
    };
    say(language, zh.into(), en.into())
}
