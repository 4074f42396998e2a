//! What far-out signs say.

use crate::text::messages;

messages! { Word:
    Cluster: "{n} 件事件，最高{level}；点开放大", "{n} incidents, worst {level}; press to zoom in";
    ClusterLate: "{n} 件事件，最高{level}，有超时；点开放大", "{n} incidents, worst {level}, some late; press to zoom in";
    Clusters: "合并显示的事件", "Incidents shown together";
}
