//! What the pages beside the map say. A table of its own, so that it comes with them and not with the desk.

use crate::text::messages;

messages! { Word:
    Office: "办公页面", "Office pages";
    ToDesk: "值班台", "Desk";
    Evaluation: "考核评价", "Evaluation";
    AlarmLoad: "报警负荷", "Load of alarms";
}
