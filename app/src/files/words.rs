//! What is said of files. A table of its own, so that it comes with them and not with the page.

use crate::text::messages;

messages! { Word:
    Files: "附件", "Attachments";
    Add: "添加图片、视频、PDF，或拖到这里", "Add pictures, videos, PDF, or drop them here";
    OnItsWay: "正在上传 {name}…", "Sending {name}…";
    NotTaken: "{name} 未上传：{why}", "{name} was not taken: {why}";
    TooLarge: "超过 20 MiB", "larger than 20 MiB";
}
