//! What the page of sessions says. A table of its own, so that it comes with the page.

use crate::text::messages;

messages! { Word:
    Title: "我的登录与会话", "My sessions and password";
    Mine: "我在这些地方登录", "Where I am signed in";
    MineHint: "有不认得的，结束它，再改密码。", "If you do not know one of them, end it and change your password.";
    OnlyThis: "只有这里一处。", "Only here.";
    Here: "这里", "here";
    Client: "浏览器", "Browser";
    MadeAt: "登录于", "Signed in";
    SeenAt: "最近用过", "Last used";
    End: "结束", "End";
    EndOf: "结束 {client} 的登录", "End the session of {client}";
    EndOthers: "结束其余全部", "End all others";
    Ended: "已结束 {n} 处登录。", "{n} sessions ended.";
    Password: "改密码", "Change the password";
    PasswordHint: "10 至 256 个字符，不在常见密码之列，也不以账号名为主。改后，其余登录随之结束。", "10 to 256 characters, none of the common ones, not the account's name. All other sessions end with it.";
    Old: "旧密码", "Old password";
    New: "新密码", "New password";
    Again: "再写一遍新密码", "New password again";
    Differs: "两遍新密码不一样", "the two new passwords differ";
    OldMissing: "先填旧密码", "the old password comes first";
    Change: "改密码", "Change it";
    Changed: "密码已改，其余登录已结束。", "The password is changed; all other sessions have ended.";
    Everybody: "所有人的登录", "Everybody's sessions";
    Find: "账号", "Account";
    NobodyFound: "没有这个账号的登录。", "No session of such an account.";
    Count: "{n} 处", "{n}";
    EndAll: "结束 {who} 的全部登录", "End all of {who}";
}
