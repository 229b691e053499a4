"""The markup of systems of comments, as their templates write it."""

from __future__ import annotations

from tests.crawler.systems import System

SYSTEMS = (
    System(
        "wordpress-2010",
        '<div id="comments"><h3 id="comments-title">{count} Responses to <em>Harbour Lights</em></h3>'
        '<ol class="commentlist">{items}</ol></div><div id="respond"><h3>Leave a Reply</h3><form></form></div>'
        '<script src="/wp-includes/js/comment-reply.js"></script>',
        """<li class="comment {parity} thread-{parity} depth-{level}" id="li-comment-{n}"><div id="comment-{n}">
<div class="comment-author vcard"><img class="avatar avatar-40 photo" alt=""><cite class="fn"><a href="http://a.example"
 rel="external nofollow" class="url">{author}</a></cite> <span class="says">says:</span></div>
<div class="comment-meta commentmetadata"><a href="/a#comment-{n}">{date}</a></div><div class="comment-body">{p}</div>
<div class="reply"><a class="comment-reply-link" href="?replytocom={n}#respond">Reply</a></div></div>{answers}</li>""",
        '<ul class="children">{items}</ul>',
    ),
    System(
        "wordpress-blocks",
        '<div class="wp-block-comments"><h2 class="wp-block-comments-title">{count} responses to “Harbour Lights”</h2>'
        '<ol class="wp-block-comment-template">{items}</ol></div><link href="/wp-content/themes/a.css">',
        """<li id="comment-{n}" class="comment {parity} depth-{level}"><div class="wp-block-columns">
<div class="wp-block-column"><div class="wp-block-avatar"><img alt="{author} Avatar"></div></div>
<div class="wp-block-column"><div class="wp-block-comment-author-name">{author}</div><div class="wp-block-comment-date">
<time datetime="{iso}"><a href="/a#comment-{n}">{date}</a></time></div><div class="wp-block-comment-content">{p}</div>
<div class="wp-block-comment-reply-link"><a class="comment-reply-link" href="?replytocom={n}">Reply</a></div></div></div>
{answers}</li>""",
        "<ol>{items}</ol>",
    ),
    System(
        "wordpress-definitions",
        '<div id="comments"><p class="comments_intro">{{ <span class="bracket">{count} comments</span> }}</p>'
        '<dl id="comment_list">{items}</dl></div><link href="/wp-content/themes/t.css">',
        """<dt class="comment {parity} depth-{level}" id="comment-{n}"><span class="comment_num"><a href="#comment-{n}"
 title="Permalink to this comment">{place}</a></span> <span class="comment_author">{author}</span>
<span class="comment_time">{date}</span></dt><dd class="comment {parity} depth-{level}"><div class="format_text">{p}
<p class="reply"><a class="comment-reply-link" href="?replytocom={n}">Reply</a></p></div></dd>""",
    ),
    System(
        "wordpress-2005",
        '<h3 id="comments">{count} Responses to “Harbour Lights”</h3><ol class="commentlist">{items}</ol>'
        '<link href="/wp-content/themes/default/style.css">',
        """<li class="alt" id="comment-{n}"><cite><a href="http://a.example" rel="external nofollow">{author}</a></cite>
 Says:<br /><small class="commentmetadata"><a href="#comment-{n}" title="">{date}</a></small>{p}</li>""",
        date="%B %dth, %Y at %I:%M %p",
        parents=False,
    ),
    System(
        "wordpress-of-its-own-german",
        '<section class="comments-area"><h2>{count} Kommentare</h2><div class="c-list">{items}</div></section>',
        """<div class="c-single" id="kommentar-{n}" style="margin-left:{indent}px"><div class="c-head"><img class="gravatar">
<strong class="c-name">{author}</strong> <small>{date}</small></div><div class="c-inhalt">{p}</div>
<a class="c-antwort" href="#antworten">Antworten</a></div>""",
        date="am %d.%m.%Y um %H:%M Uhr",
        language="de",
    ),
    System(
        "blogger-2009",
        '<div class="comments" id="comments"><h4>{count} comments:</h4><dl id="comments-block">{items}</dl></div>',
        """<dt class="comment-author" id="c{n}"><a name="c{n}"></a><a href="/profile/{n}" rel="nofollow">{author}</a>
 said...</dt><dd class="comment-body" id="Blog1_cmt-{n}"><p>{br}</p></dd><dd class="comment-footer">
<span class="comment-timestamp"><a href="/a.html?showComment=1#c{n}" title="comment permalink">{date}</a>
<span class="item-control blog-admin"><a class="comment-delete" href="/d"><img src="/d.png"></a></span></span></dd>""",
        parents=False,
    ),
    System(
        "blogger-2012",
        '<section class="comments threaded" id="comments"><h3 class="title">{count} comments:</h3><div '
        'class="comments-content"><div id="comment-holder"><div class="comment-thread toplevel-thread"><ol id="top-ra">'
        '{items}</ol><div class="continue" id="top-continue"><a class="comment-reply">Add comment</a></div></div></div>'
        "</div></section>",
        """<li class="comment" id="c{n}"><div class="avatar-image-container"><img alt=""></div><div class="comment-block">
<div class="comment-header"><cite class="user"><a href="/profile/{n}" rel="nofollow">{author}</a></cite><span
 class="icon user"></span><span class="datetime secondary-text"><a rel="nofollow" href="/a.html?showComment=1#c{n}">{date}
</a></span></div><p class="comment-content">{br}</p><span class="comment-actions secondary-text"><a class="comment-reply"
 data-comment-id="{n}">Reply</a><span class="item-control"><a href="/d">Delete</a></span></span></div>{answers}
<div class="comment-replybox-single" id="c{n}-ce"></div></li>""",
        '<div class="comment-replies"><div id="c{n}-rt" class="comment-thread inline-thread"><span class="thread-toggle">'
        '<span class="thread-count"><a>Replies</a></span></span><ol id="c{n}-ra" class="thread-chrome"><div>{items}</div>'
        '<div id="c{n}-continue" class="continue"><a class="comment-reply">Reply</a></div></ol></div></div>',
    ),
    System(
        "disqus-inline",
        '<div id="disqus_thread"><nav class="nav"><span class="comment-count">{count} Comments</span></nav><section '
        'id="conversation"><ul id="post-list" class="post-list">{items}</ul></section></div>',
        """<li class="post" id="post-{n}"><div class="alert"></div><div class="post-content"><div class="avatar hovercard">
<a class="user" href="/by/x"><img alt="Avatar"></a></div><div class="post-body"><header><span class="post-byline">
<span class="author"><a href="/by/x">{author}</a></span> <span><a class="parent-link" href="#comment-{parent}">{above}</a>
</span></span><span class="post-meta"><span class="bullet">•</span><a class="time-ago" href="#comment-{n}"
 title="{date}">{ago}</a></span><ul class="post-menu dropdown"><li><a>Flag as inappropriate</a></li></ul></header>
<div class="post-body-inner"><div class="post-message-container"><div class="post-message"><div>{p}</div></div></div></div>
<footer><ul><li class="voting"><a class="vote-up"><span class="count">{likes}</span></a></li><li class="reply"><a>Reply</a>
</li><li class="share"><a>Share ›</a></li></ul></footer></div></div>{answers}</li>""",
        '<ul class="children">{items}</ul>',
        date="%A, %B %d, %Y %I:%M %p",
    ),
    System(
        "xenforo",
        '<div class="block block--messages" data-type="post"><div class="block-body js-replyNewMessageContainer">'
        "<h2>Comments</h2>{items}</div></div>",
        """<article class="message message--post js-post" data-author="{author}" data-content="post-{n}" id="js-post-{n}">
<span class="u-anchorTarget" id="post-{n}"></span><div class="message-inner"><div class="message-cell message-cell--user">
<section class="message-user"><div class="message-avatar"><a class="avatar"><img alt="{author}"></a></div><div
 class="message-userDetails"><h4 class="message-name"><a class="username" href="/m/{n}/">{author}</a></h4><h5
 class="userTitle message-userTitle">Well-known member</h5></div><div class="message-userExtras"><dl class="pairs"><dt>
Joined</dt><dd>Jan 3, 2011</dd></dl><dl class="pairs"><dt>Messages</dt><dd>4,711</dd></dl></div></section></div><div
 class="message-cell message-cell--main"><div class="message-main"><header class="message-attribution"><ul
 class="message-attribution-main listInline"><li class="u-concealed"><a href="/t/post-{n}" rel="nofollow"><time
 class="u-dt" datetime="{iso}" data-time="{epoch}">{date}</time></a></li></ul><ul class="message-attribution-opposite">
<li><a>#{place}</a></li></ul></header><div class="message-content"><div class="message-userContent"><article
 class="message-body"><div class="bbWrapper">{br}</div></article></div></div><footer class="message-footer"><div
 class="message-actionBar actionBar"><a class="actionBar-action">Like</a><a class="actionBar-action">Reply</a></div>
</footer></div></div></div></article>""",
        date="%b %d, %Y",
        parents=False,
        count=False,
    ),
    System(
        "kinja",
        '<section class="js_comments-section" id="replies"><h3>Discussion</h3><div class="js_replies">{items}</div>'
        "</section>",
        """<article class="reply js_reply" id="reply_{n}" data-id="{n}"><header class="reply__header"><a class="avatar"><img>
</a><div class="reply__byline"><a class="js_author reply__author" href="/u/x">{author}</a> <a class="reply__replyto">
{above}</a> <time class="published" title="{date}">{ago}</time></div></header><div class="post-content">{p}</div>
<div class="reply__tools"><button>{likes}</button><a class="js_reply-button">Reply</a></div>{answers}</article>""",
        '<section class="reply-children">{items}</section>',
        date="%m/%d/%Y %I:%M %p",
        count=False,
    ),
    System(
        "movable-type-5",
        '<div id="comments" class="comments"><h2 class="comments-header">{count} Comments</h2><div '
        'class="comments-content">{items}</div></div>',
        """<div id="comment-{n}" class="comment"><div class="inner"><div class="comment-header"><div class="user-pic"><img>
</div><div class="asset-meta"><span class="byline"><span class="vcard author"><a>{author}</a></span> replied to <a
 href="#comment-{parent}">comment from {above}</a> | <a href="#comment-{n}" title="Permalink"><abbr class="published"
 title="{iso}">{date}</abbr></a> | <a title="Reply">Reply</a></span></div></div><div class="comment-content">{p}</div>
</div></div>""",
        parents=False,
    ),
    System(
        "movable-type-2",
        '<div class="comments-head"><a name="comments"></a>Comments</div><div class="comments">{items}</div>',
        '<div class="comments-body">{p}<span class="comments-post">Posted by: <a>{author}</a> at {date}</span></div>',
        parents=False,
        count=False,
    ),
    System(
        "typepad",
        '<div class="comments" id="all-comments"><h2>Comments</h2><div class="comments-content">{items}</div></div>',
        """<div class="comment comment-{parity}" id="comment-{hex}"><div class="comment-avatar"><a><img></a></div><div
 class="comment-content"><span id="comment-{hex}-content">{p}</span></div><p class="comment-footer">Posted by: <a
 rel="nofollow" href="http://a.example">{author}</a> | <a href="#comment-{hex}"><span>{date}</span></a></p></div>""",
        parents=False,
        count=False,
    ),
    System(
        "huffpost-2010",
        '<div id="comments_wrap"><div class="comments_header">Comments <b>{count}</b></div><div id="comments_inner">{items}'
        "</div></div>",
        """<div class="comment_block comment_level_{level}" id="comment_{n}"><div class="comment_left"><img></div><div
 class="comment_right"><div class="comment_header"><a class="user_name" href="/users/x">{author}</a> <span
 class="fans">{likes} Fans</span> <a class="become_fan">Become a fan</a></div><div class="comment_body"
 id="comment_body_{n}">{p}</div><div class="comment_footer"><span class="posted_time">Posted {date}</span> <a>Reply</a>
<a>Favorite</a> <a>Flag as abusive</a></div></div></div>""",
        date="%I:%M %p on %m/%d/%Y",
    ),
    System(
        "paper-german-articles",
        '<section class="comment-section" id="comments"><h2 class="comment-section__headline">{count} Kommentare</h2>'
        '<div class="comment-section__body">{items}</div></section>',
        """<article class="comment" id="cid-{n}" data-depth="{depth}"><div class="comment__container"><div
 class="comment-meta"><h4 class="comment-meta__name"><a href="/user/{n}">{author}</a></h4><a class="comment-meta__date"
 href="#cid-{n}">#{place} — {date}</a></div><div class="comment__body">{p}</div><div class="comment__reactions"><a
 class="comment__reaction">Antworten</a><a class="comment__reaction">Melden</a><a class="comment__reaction">Empfehlen</a>
</div></div></article>""",
        date="%d. März %Y, %H:%M Uhr",
        language="de",
    ),
    System(
        "paper-german-numbered",
        '<div class="module-box comments"><h3>insgesamt {count} Beiträge</h3>{items}</div>',
        """<div class="article-comment" id="post{n}"><div class="article-comment-user"><span>{place}.</span> <a href="/u/x">
<b>{author}</b></a> <span class="date-time">{date}</span></div><div class="article-comment-text">{br}</div><div
 class="clearfix"><a>Antworten / Zitieren</a></div></div>""",
        date="%d.%m.%Y, %H:%M Uhr",
        language="de",
        parents=False,
    ),
    System(
        "paper-german-camel",
        '<div id="lesermeinungen"><h2>Lesermeinungen ({count})</h2><ul class="lst-Comments">{items}</ul></div>',
        """<li class="lst-Comments_Item" id="lesermeinung{n}"><span class="lst-Comments_CommentInfoNameText">{author}</span>
<span class="lst-Comments_CommentInfoDateText">{date}</span><div class="lst-Comments_CommentTextWrapper">{p}</div>
<a class="lst-Comments_Recommend">Empfehlen ({likes})</a>{answers}</li>""",
        '<ul class="lst-Comments_Replies">{items}</ul>',
        date="%d.%m.%Y - %H:%M",
        language="de",
    ),
    System(
        "pluck",
        '<div class="pluck-app pluck-comments"><h3 class="pluck-comments-header">{count} Comments</h3><div '
        'class="pluck-comm-list">{items}</div></div>',
        """<div class="pluck-comm-single-comment-top" id="pluck-comm-{n}"><div class="pluck-comm-avatar"><img></div><div
 class="pluck-comm-single-comment-main"><h4 class="pluck-comm-username-display"><a class="pluck-comm-username-link">
{author}</a></h4><p class="pluck-comm-timestamp">{date}</p><div class="pluck-comm-body">{p}</div><p
 class="pluck-comm-links"><a>Recommend</a> ({likes}) <a class="pluck-comm-report-abuse">Report Abuse</a></p></div></div>""",
        date="%I:%M %p on %B %d, %Y",
        parents=False,
    ),
    System(
        "pixnet",
        '<div id="comment-area"><h3>留言列表 ({count})</h3><div id="comment-ul">{items}</div></div>',
        """<div class="single-post" id="comment-{n}"><ul class="post-info"><li class="floor">#{place}</li><li
 class="user-name">{author}</li><li class="post-time">於 {date}</li></ul><ul class="post-photo"><li><img></li></ul><ul
 class="post-text"><li class="post-body">{br}</li><li class="post-tools"><a>回覆</a></li></ul></div>""",
        date="%Y/%m/%d %H:%M",
        language="zh-TW",
        parents=False,
    ),
    System(
        "magazine-camel",
        '<section id="comments"><header><h2>{count} Comments</h2></header><ol class="commentList">{items}</ol></section>',
        """<li id="comment-{n}"><div class="commentHead"><span class="commentNum">{place}.</span> <a class="commentAuthor">
{author}</a> <span class="commentDate">{date}</span></div><div class="commentBody">{p}</div><p class="commentTools"><a>
Report as Abuse</a> | <a>Link to This</a></p></li>""",
        date="%I:%M %p %m/%d/%y",
        parents=False,
    ),
    System(
        "journal-said",
        '<div id="comments"><h2>Comments</h2><p>{count} comments</p><ul class="comments">{items}</ul></div>',
        """<li id="comment-id-{n}" class="comment"><div class="info"><p class="meta"><a class="permalink" href="#comment-id-{n}">
#{place}</a> <time datetime="{iso}">{date}</time></p><h4><span class="fn">{author}</span> said:</h4></div><div
 class="content">{p}</div><p class="report"><a>Report this comment</a></p></li>""",
        date="%d %B, %Y",
        parents=False,
    ),
)
