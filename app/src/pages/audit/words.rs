//! What the page of the audit log says. A table of its own, so that it comes with the page.

use crate::text::messages;
use domain::audit::What;

messages! { Word:
    Title: "审计日志", "Audit log";
    NotForYou: "审计日志由审计与管理员查看。", "The audit log is for auditors and administrators.";
    Head: "链头：第 {n} 条，{at}", "Head of the chain: entry {n}, {at}";
    HeadHint: "每条记录的校验值含前一条的；记下链头，日后用 gulou audit verify 核对，改动任何一条都会被发现。", "Each entry's hash holds the one before. Keep the head and check it later with gulou audit verify: a change to any entry is found.";
    Empty: "还没有记录。", "Nothing is written yet.";
    NothingFits: "没有符合的记录。换个条件再查。", "Nothing fits. Try other conditions.";
    Filter: "查找", "Filter";
    Who: "谁", "Who";
    WhoHint: "账号，或 @key/编号、@command-line、@gulou、@unknown", "an account, or @key/ID, @command-line, @gulou, @unknown";
    WhatDone: "做了什么", "What";
    Anything: "全部", "anything";
    From: "从", "From";
    To: "到（不含）", "To before";
    Search: "查", "Search";
    Clear: "清空条件", "Clear";
    Entry: "第几条", "Entry";
    At: "时间", "Time";
    About: "关于", "About";
    Detail: "细节", "Detail";
    Hash: "校验值", "Hash";
    Older: "更早的", "Older";
    Newest: "回到最新", "Back to the newest";
    Begun: "日志开始", "begun";
    Login: "登录", "signed in";
    LoginFailed: "登录失败", "sign-in failed";
    Logout: "退出", "signed out";
    SessionRevoked: "结束会话", "session ended";
    Password: "改密码", "password changed";
    Command: "命令", "command";
    AlarmCommand: "报警命令", "alarm command";
    Account: "账号变更", "account";
    Key: "密钥变更", "key";
    City: "城市包", "city pack";
    Views: "共享视图", "shared views";
    Notify: "排班与接收方", "rosters, receivers";
    Reveal: "查看报告人", "reporter revealed";
    Erase: "销毁", "erased";
    Export: "导出", "export";
    Backup: "备份", "backup";
    Restore: "恢复", "restore";
    Loss: "日志截断", "loss";
}

/// What was done, in a word.
pub fn of(what: What) -> Word {
    match what {
        What::Begun => Word::Begun,
        What::Login => Word::Login,
        What::LoginFailed => Word::LoginFailed,
        What::Logout => Word::Logout,
        What::SessionRevoked => Word::SessionRevoked,
        What::Password => Word::Password,
        What::Command => Word::Command,
        What::AlarmCommand => Word::AlarmCommand,
        What::Account => Word::Account,
        What::Key => Word::Key,
        What::City => Word::City,
        What::Views => Word::Views,
        What::Notify => Word::Notify,
        What::Reveal => Word::Reveal,
        What::Erase => Word::Erase,
        What::Export => Word::Export,
        What::Backup => Word::Backup,
        What::Restore => Word::Restore,
        What::Loss => Word::Loss,
    }
}
