//! A notice as a sentence: what somebody is told, and so what he is to do.

use super::say;
use crate::language::Language;
use crate::notice::{Notice, Reason};
use crate::request::Waiting;

pub fn notice(language: Language, notice: &Notice) -> String {
    let (zh, en) = match notice.reason {
        Reason::Order => ("新工单，请签收", "A new order: acknowledge it"),
        Reason::Support => ("请求协同，请接受", "Support is asked of you: accept it"),
        Reason::Returned => ("主责退回，请裁决", "The lead gave it back: decide"),
        Reason::Decide(Waiting::Extension | Waiting::ExtensionLeader) => {
            ("申请延期，请审批", "An extension is asked for: decide")
        }
        Reason::Decide(Waiting::Suspension | Waiting::SuspensionLeader) => {
            ("申请挂账，请审批", "A suspension is asked for: decide")
        }
        Reason::Decide(Waiting::Appeal) => ("申诉，请裁决", "An appeal: decide"),
        Reason::Decide(Waiting::Verification) => ("请到场核实", "Look whether it is so"),
        Reason::Decide(Waiting::Dispute | Waiting::Instruction) => ("请裁决", "Decide"),
        Reason::Instructed(_) => ("批示，请答复", "An instruction: answer it"),
        Reason::Urged => ("督办，请抓紧办理", "You are urged on"),
        Reason::Escalated(_) => ("时限告急", "The limit is running out"),
        Reason::Raised => ("上报，请关注", "Your attention is asked for"),
        Reason::Alarm => ("报警，请确认", "An alarm: acknowledge it"),
        Reason::Mentioned => ("留言提到您，请查看", "A comment mentions you: read it"),
        Reason::NobodyReached => ("请安排值班", "See to it that somebody is on duty"),
    };
    let title = match language {
        Language::Zh => &notice.title,
        Language::En => &notice.title_en,
    };
    let practice = match (notice.drill, language) {
        (false, _) => "",
        (true, Language::Zh) => "【演练】",
        (true, Language::En) => "[drill] ",
    };
    say(
        language,
        format!("{practice}{zh}：{title}"),
        format!("{practice}{en}: {title}"),
    )
}
