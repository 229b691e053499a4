"""More markup of systems of comments: content management, services, forums, and pages of scripts."""

from __future__ import annotations

from tests.crawler.systems import System

MORE_SYSTEMS = (
    System(
        "drupal-7",
        '<div id="comments" class="comment-wrapper"><h2 class="title">Comments</h2>{items}</div>',
        """<a id="comment-{n}"></a><div class="comment comment-by-anonymous clearfix" about="/comment/{n}#comment-{n}"><div
 class="attribution"><div class="submitted"><p class="commenter-name"><span class="username">{author}</span></p><p
 class="comment-time"><span content="{iso}">{date}</span></p><p class="comment-permalink"><a href="/comment/{n}#comment-{n}"
 class="permalink">Permalink</a></p></div></div><div class="comment-text"><div class="comment-arrow"></div><div
 class="content"><div class="field field-name-comment-body"><div class="field-items"><div class="field-item even">{p}</div>
</div></div></div><ul class="links inline"><li class="comment-reply first last"><a>reply</a></li></ul></div></div>
{answers}""",
        '<div class="indented">{items}</div>',
        date="%a, %m/%d/%Y - %H:%M",
        count=False,
    ),
    System(
        "drupal-8",
        '<section class="field field--name-comment comment-wrapper"><h2 class="title">Comments</h2>{items}</section>',
        """<article id="comment-{n}" class="comment js-comment by-anonymous clearfix"><footer class="comment__meta"><article
 class="profile"></article><p class="comment__submitted">Submitted by <span lang="">{author}</span> on {date}</p><div
 class="hidden"><p class="comment__parent">In reply to <a href="/comment/{parent}#comment-{parent}" class="permalink">x</a>
 by <span>{above}</span></p></div></footer><div class="comment__content"><div
 class="text-formatted field field--name-comment-body field__item">{p}</div><ul class="links inline"><li
 class="comment-reply"><a>Reply</a></li></ul></div></article>{answers}""",
        '<div class="indented">{items}</div>',
        date="%a, %m/%d/%Y - %H:%M",
        count=False,
    ),
    System(
        "jcomments",
        '<div id="jc"><div id="comments"><h4>Comments <a class="refresh"></a></h4><div class="comments-list" '
        'id="comments-list-0">{items}</div></div></div>',
        """<div class="{parity}" id="comment-item-{n}"><div class="rbox"><div class="comment-avatar"><img></div><div
 class="comment-box avatar-indent"><span class="comments-vote"><span id="comment-vote-holder-{n}"><span class="vote-good">
+{likes}</span></span></span><a class="comment-anchor" href="/a#comment-{n}" id="comment-{n}">#{place}</a> <span
 class="comment-author">{author}</span> <span class="comment-date">{date}</span><div class="comment-body"
 id="comment-body-{n}">{br}</div><span class="comments-buttons"><a>Reply</a> | <a>Reply with quote</a> | <a>Quote</a></span>
</div><div class="clear"></div></div></div>{answers}""",
        '<div class="comments-list" id="comments-list-{n}">{items}</div>',
        date="%Y-%m-%d %H:%M",
        count=False,
    ),
    System(
        "komento",
        '<div id="section-kmt" class="theme-kuro"><div class="commentList kmt-list-wrap"><h3 class="kmt-title">Comments '
        '(<span class="commentCounter">{count}</span>)</h3><ul class="kmt-list reset-child">{items}</ul></div></div>',
        """<li id="kmt-{n}" class="kmt-{n} kmt-item kmt-child-{depth}" depth="{depth}" style="margin-left: {indent}px"><div
 class="kmt-wrap"><div class="kmt-avatar"><img></div><div class="kmt-content"><div class="kmt-head"><a class="kmt-author">
{author}</a> <span class="kmt-time"><a class="kmt-timepermalink" href="#kmt-{n}"><time datetime="{iso}">{date}</time></a>
</span></div><div class="kmt-body"><div class="kmt-text">{p}</div></div><div class="kmt-control"><a class="kmt-reply">
Reply</a> <a class="kmt-like">Like</a> <span>{likes}</span></div></div></div></li>""",
        date="%A, %d %B %Y %H:%M",
    ),
    System(
        "k2",
        '<a name="itemCommentsAnchor"></a><div class="itemComments"><h3 class="itemCommentsCounter"><span>{count}</span> '
        'comments</h3><ul class="itemCommentsList">{items}</ul></div>',
        """<li class="{parity}"><span class="commentLink"><a href="/a#comment{n}" name="comment{n}" id="comment{n}">Comment
 Link</a></span><img class="k2Avatar"><span class="commentDate">{date}</span> <span class="commentAuthorName">posted by
 <a>{author}</a></span><p>{br}</p><span class="commentToolbar"><a class="commentReportLink">Report</a></span></li>""",
        date="%A, %d %B %Y %H:%M",
        parents=False,
    ),
    System(
        "typo3-german",
        '<div class="tx-comments-pi1"><h3>Kommentare</h3>{items}</div>',
        """<div class="tx-comments-comment-{parity}"><p class="tx-comments-comment-head"><strong>{author}</strong> schrieb am
 {date}</p><div class="tx-comments-comment-text">{p}</div></div>""",
        date="%d.%m.%Y um %H:%M Uhr",
        language="de",
        parents=False,
        count=False,
    ),
    System(
        "livefyre",
        '<div id="livefyre_comment_stream" class="fyre"><div class="fyre-stream-stats"><span>{count} comments</span></div>'
        '<div class="fyre-comment-stream">{items}</div></div>',
        """<article class="fyre-comment-article" data-message-id="{n}"><div class="fyre-comment-wrapper"><header
 class="fyre-comment-head"><a class="fyre-user-avatar"><img></a><a class="fyre-comment-username"><span>{author}</span></a>
<time class="fyre-comment-date" datetime="{iso}">{ago}</time></header><section class="fyre-comment-body"><div
 class="fyre-comment">{p}</div></section><footer class="fyre-comment-footer"><span class="fyre-comment-like-count">{likes}
</span> <a class="fyre-comment-like">Like</a> <a class="fyre-comment-reply">Reply</a></footer></div>{answers}</article>""",
        '<div class="fyre-comment-replies">{items}</div>',
    ),
    System(
        "intensedebate",
        '<div id="idc-container"><div id="idc-commentcount_wrap"><h3>Comments ({count})</h3></div><div id="idc-cover" '
        'class="idc-comments">{items}</div></div>',
        """<div id="IDThread{n}" class="idc-thread"><div class="idc-c" id="IDComment{n}"><div class="idc-c-h"><div
 class="idc-c-h-inner"><a class="idc-avatar"><img></a><div class="idc-i"><span><a href="/people/x">{author}</a></span></div>
 <p class="idc-time"><span class="IDCommentTime">{ago}</span></p></div></div><div id="IDComment-CommentText{n}"
 class="idc-c-t"><div class="idc-c-t-inner">{br}</div></div><div class="idc-c-m"><span class="idc-v-total">+{likes}</span>
 <a class="idc-btn_s"><span class="idc-r">Reply</span></a> <a>Report</a></div></div>{answers}</div>""",
        '<div class="idc-replies" id="IDThreadReplies{n}">{items}</div>',
        dates="none",
    ),
    System(
        "coral",
        '<section class="coral coral-stream" id="coral_thread"><h2 class="coral-count">Comments {count}</h2><section '
        'id="comments-allComments-log">{items}</section></section>',
        """<div id="comment-{hex}" class="coral coral-indent coral-indent-{depth}"><div class="coral coral-comment"><div
 class="coral coral-comment-topBar"><button class="coral coral-username coral-comment-username"><span>{author}</span>
</button> <time class="coral coral-timestamp coral-comment-timestamp" datetime="{iso}">{ago}</time></div><div
 class="coral coral-content coral-comment-content"><div>{br}</div></div><div class="coral coral-comment-actionBar"><button>
Respect {likes}</button><button>Reply</button><button>Share</button><button>Report</button></div></div></div>""",
    ),
    System(
        "squarespace",
        '<div id="comments-5c7e" class="squarespace-comments"><h2 class="comments-header">Comments ({count})</h2><div '
        'class="comments-content"><div class="comment-list">{items}</div></div></div>',
        """<div class="comment" id="comment-{hex}"><div class="flag"></div><div class="comment-header"><a
 class="comment-avatar"><img></a><div class="meta"><span class="author">{author}</span> <span class="date">{ago}</span>
<span class="likes">· {likes} Likes</span></div></div><div class="comment-body">{p}</div><div class="comment-btns"><a>Like
</a></div></div>{answers}""",
        '<div class="comment-replies">{items}</div>',
        dates="none",
    ),
    System(
        "medium",
        "<div><h2>Responses ({count})</h2><div class='ab'>{items}</div></div>",
        """<div class="l ee"><div class="ab q"><div class="l"><a href="/@x"><img></a></div><div class="l"><a class="af"
 href="/@x"><p class="be b hm">{author}</p></a> <a class="af ag" href="/@x/{n}"><p class="be b ho"><span>{date}</span></p>
</a></div></div><div class="hq hr"><pre class="jk"><div class="be jl">{br}</div></pre></div><div class="ab co"><button>
{likes}</button><button>Reply</button></div></div>""",
        date="%b %d, %Y",
        dates="day",
        parents=False,
    ),
    System(
        "substack",
        '<div class="comments-page"><h4>{count} Comments</h4><div class="comment-list"><div class="comment-list-items">'
        "{items}</div></div></div>",
        """<div class="comment"><div id="comment-{n}" class="comment-anchor"></div><table class="comment-content"><tr><td
 class="comment-head"><a class="user-head"><img></a></td><td class="comment-rest"><div class="comment-meta"><span
 class="highlight"><a href="/profile/x">{author}</a></span> <a class="comment-timestamp" href="/a/comment/{n}"
 title="{date}">{ago}</a></div><div class="comment-body">{p}</div><div class="comment-actions"><a>Like ({likes})</a> <a>
Reply</a> <a>Share</a></div></td></tr></table>{answers}</div>""",
        '<div class="comment-list"><div class="comment-list-items">{items}</div></div>',
        date="%b %d, %Y, %I:%M %p",
    ),
    System(
        "social-plugin",
        '<div class="fbFeedbackContent comments"><div class="commentCount">{count} comments</div><ul>{items}</ul></div>',
        """<li class="fbFeedbackPost" id="fbc_{n}"><img class="photo"><div class="postContainer"><div><a class="profileName">
{author}</a> · <span class="fsm">Works at Pier</span></div><div class="postText">{br}</div><div class="action_links"><a>
Reply</a> · <a>{likes}</a> · <a>Like</a> · <a>Follow Post</a> · <abbr title="{date}" data-utime="{epoch}">{ago}</abbr></div>
</div>{answers}</li>""",
        '<ul class="fbFeedbackReplies">{items}</ul>',
        date="%A, %B %d, %Y at %I:%M%p",
    ),
    System(
        "phpbb",
        "<h2>Discussion</h2><div class='topic'>{items}</div>",
        """<div id="p{n}" class="post has-profile bg2"><div class="inner"><dl class="postprofile" id="profile{n}"><dt><a
 class="username">{author}</a></dt><dd class="profile-posts"><strong>Posts:</strong> 47</dd><dd class="profile-joined">
<strong>Joined:</strong> Mon Jan 03, 2011 5:42 pm</dd></dl><div class="postbody"><div id="post_content{n}"><ul
 class="post-buttons"><li><a>Quote</a></li></ul><p class="author"><a class="unread" href="/viewtopic.php?p={n}#p{n}">»</a>
<span>by <strong><a class="username">{author}</a></strong> » </span>{date}</p><div class="content">{br}</div></div></div>
</div></div>""",
        date="%a %b %d, %Y %I:%M %p",
        parents=False,
        count=False,
    ),
    System(
        "vbulletin",
        '<div id="postlist" class="postlist"><h3>Replies</h3><ol id="posts" class="posts">{items}</ol></div>',
        """<li class="postbitlegacy postcontainer" id="post_{n}"><div class="posthead"><span class="postdate old"><span
 class="date">{date}</span></span><span class="nodecontrols"><a href="/t#post{n}" class="postcounter">#{place}</a></span>
</div><div class="postdetails"><div class="userinfo"><div class="username_container"><a class="username offline"><strong>
{author}</strong></a></div><span class="usertitle">Member</span><dl class="userstats"><dt>Join Date</dt><dd>Jan 2011</dd>
</dl></div><div class="postbody"><div class="postrow"><div class="content"><div id="post_message_{n}"><blockquote
 class="postcontent restore">{br}</blockquote></div></div></div></div></div><div class="postfoot"><a>Reply</a></div></li>""",
        date="%m-%d-%Y, %I:%M %p",
        parents=False,
        count=False,
    ),
    System(
        "discourse-noscript",
        '<div id="main-outlet" class="topic-comments">{items}</div>',
        """<div id="post_{place}" itemprop="comment" itemscope itemtype="http://schema.org/Comment" class="crawler-post"><div
 class="crawler-post-meta"><span class="creator" itemprop="author" itemscope itemtype="http://schema.org/Person"><a
 itemprop="url" href="/u/x"><span itemprop="name">{author}</span></a></span> <span class="crawler-post-infos"><time
 itemprop="datePublished" datetime="{iso}" class="post-time">{date}</time><span itemprop="position">{place}</span></span>
</div><div class="post" itemprop="text">{p}</div><div itemprop="interactionStatistic" itemscope
 itemtype="http://schema.org/InteractionCounter"><meta itemprop="userInteractionCount" content="{likes}"><span
 class="post-likes">{likes} Likes</span></div></div>""",
        parents=False,
        count=False,
    ),
    System(
        "gawker",
        '<div id="comments"><h4>{count} responses</h4><div class="commentlist">{items}</div></div>',
        """<div class="comment cn_{depth}" id="c{n}"><div class="comment_wrapper"><img class="avatar"><p class="byline"><a
 class="username">{author}</a> <span class="replyto">@{above}</span> <span class="timestamp">{date}</span></p><div
 class="cmtext">{p}</div><a class="replylink">Reply</a></div></div>{answers}""",
        '<div class="replies">{items}</div>',
        date="%m/%d/%y %I:%M %p",
    ),
    System(
        "slashdot",
        '<div id="comments"><h2>{count} comments</h2><ul id="commentlisting">{items}</ul></div>',
        """<li id="tree_{n}" class="comment"><div id="comment_{n}" class="cw"><div id="comment_top_{n}" class="commentTop"><div
 class="details"><span class="by">by <a href="/~x">{author}</a></span> <span class="otherdetails"
 id="comment_otherdetails_{n}">on {date} (<a href="/a#{n}">#{n}</a>)</span></div></div><div class="commentBody"><div
 id="comment_body_{n}">{br}</div></div><div class="commentSub"><span class="nbutton"><b><a>Reply to This</a></b></span></div>
</div>{answers}</li>""",
        '<ul id="commtree_{n}">{items}</ul>',
        date="%A %B %d, %Y @%I:%M %p",
    ),
    System(
        "spip-french",
        '<div class="comments"><h2>Vos commentaires</h2><ul class="forum">{items}</ul></div>',
        """<li class="forum-fil" id="forum{n}"><div class="forum-message"><p class="forum-chapo"><small>Le {date}, par <span
 class="forum-nom">{author}</span></small></p><div class="forum-texte">{p}</div><p class="repondre"><a>Répondre à ce
 message</a></p></div>{answers}</li>""",
        '<ul class="forum-reponses">{items}</ul>',
        date="%d mars %Y à %H:%M",
        language="fr",
        count=False,
    ),
    System(
        "blog-japanese",
        '<div id="comments"><h3>コメント ({count})</h3><ul class="comment-list">{items}</ul></div>',
        """<li class="comment-list-item"><div class="comment-info"><span class="comment-no">{place}. </span><span
 class="comment-author">{author}</span> <span class="comment-date">{date}</span></div><div class="comment-body">{br}</div>
<a class="comment-report">通報する</a></li>""",
        date="%Y年%m月%d日 %H:%M",
        language="ja",
        parents=False,
    ),
    System(
        "hashed-spanish",
        '<div class="css-1xk"><h3 class="css-9aa">{count} comentarios</h3><div class="css-2b">{items}</div></div>',
        """<div class="css-77z"><div class="css-a1"><img><div class="css-a2"><span class="css-a3">{author}</span><span
 class="css-a4">{date}</span></div></div><div class="css-b1">{p}</div><div class="css-c1"><button>Responder</button><button>
Me gusta · {likes}</button><button>Denunciar</button></div>{answers}</div>""",
        '<div class="css-88q">{items}</div>',
        date="%d/%m/%Y %H:%M",
        language="es",
    ),
    System(
        "dutch-definition",
        '<div class="reacties"><h2>{count} reacties</h2>{items}</div>',
        """<div class="reactie" id="reactie-{n}"><div class="reactie-kop">door <b>{author}</b> op {date}</div><div
 class="reactie-tekst">{br}</div><a class="reageer">Reageer</a></div>""",
        date="%d-%m-%Y %H:%M",
        language="nl",
        parents=False,
    ),
    System(
        "journal-russian",
        '<div class="b-comments"><h2>{count} комментариев</h2>{items}</div>',
        """<div class="b-leaf" id="t{n}" style="margin-left: {indent}px"><div class="b-leaf-head"><span class="b-leaf-user"><a>
{author}</a></span> <span class="b-leaf-when">{date}</span></div><div class="b-leaf-article">{br}</div><div
 class="b-leaf-tools"><a>Ответить</a> <a>Поделиться</a></div></div>""",
        date="%d.%m.%Y %H:%M",
        language="ru",
    ),
    System(
        "table-rows",
        '<div id="talkback"><h3>Talkback ({count})</h3><table class="talkback-table">{items}</table></div>',
        """<tr class="row{parity}"><td class="who"><b>{author}</b><br><small>{date}</small></td><td class="what">{br}</td>
</tr>""",
        date="%b %d, %Y, %I:%M %p",
        parents=False,
    ),
)
