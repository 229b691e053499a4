"""Markup that no known system writes, but somebody's own software well may."""

from __future__ import annotations

from tests.crawler.systems import System

ODD_SYSTEMS = (
    System(
        "pairs",
        '<div class="comments"><h3>{count} Comments</h3>{items}</div>',
        '<div class="creator">#{place} By: <b>{author}</b>, {date}</div><div class="post">{p}</div>',
        parents=False,
    ),
    System(
        "pairs-2",
        '<div id="comments"><h3>{count} Comments</h3>{items}</div>',
        '<h4 class="comment-head" id="c{n}">{author}</h4><p class="comment-date">{date}</p><div '
        'class="comment-text">{p}</div><hr>',
        parents=False,
    ),
    System(
        "rows-2",
        '<div id="comments"><h3>{count} Comments</h3><table>{items}</table></div>',
        '<tr class="comhead"><td>{author} | {date}</td></tr><tr class="comtext"><td>{br}</td></tr>',
        parents=False,
    ),
    System(
        "direct-li",
        '<div id="comments"><h3>{count} Comments</h3><ul>{items}</ul></div>',
        "<li><b>{author}</b> ({date}): {br}</li>",
        date="%d.%m.%Y, %H:%M",
        parents=False,
    ),
    System(
        "p-head-german",
        '<div class="kommentare"><h3>{count} Kommentare</h3>{items}</div>',
        '<div class="kommentar"><p><b>{author}</b> schrieb am {date}:</p>{p}</div>',
        date="%d.%m.%Y um %H:%M Uhr",
        language="de",
        parents=False,
    ),
    System(
        "title",
        '<div class="comments"><h3>{count} Comments</h3>{items}</div>',
        '<div class="comment" id="c{n}"><h4 class="comment-title">My view on boats and all</h4><span '
        'class="author">{author}</span> <span class="date">{date}</span><div class="text">{p}</div></div>',
        parents=False,
    ),
    System(
        "reply-author",
        '<div class="replies"><h3>{count} replies</h3>{items}</div>',
        '<div class="reply" id="reply-{n}"><span class="reply-author">{author}</span> <span '
        'class="reply-date">{date}</span><div class="reply-content">{p}</div></div>',
        parents=False,
    ),
    System(
        "reply-body",
        '<div class="replies"><h3>{count} replies</h3>{items}</div>',
        '<div class="reply" id="reply-{n}"><div class="reply-header"><a class="reply-name">{author}</a> '
        '<span class="reply-time">{date}</span></div><div class="reply-body">{p}</div><div '
        'class="reply-actions"><a>Reply</a></div></div>',
        parents=False,
    ),
    System(
        "camel-react",
        '<div class="CommentList"><h3>{count} Comments</h3>{items}</div>',
        '<div class="CommentItem" id="c-{n}"><div class="CommentItem__userName">{author}</div><div '
        'class="CommentItem__postedAt">{date}</div><div '
        'class="CommentItem__bodyText">{p}</div>{answers}</div>',
        '<div class="CommentItem__replyList">{items}</div>',
    ),
    System(
        "reactrelay",
        '<section class="Comments_root__x1Y2z"><h2>Comments ({count})</h2>{items}</section>',
        '<article class="Comment_wrapper__Ab3dE"><div class="Comment_user__k8Wq1">{author}</div><time '
        'class="Comment_time__p0" datetime="{iso}">{ago}</time><div '
        'class="Comment_body__Zz9">{p}</div><button>Reply</button>{answers}</article>',
        '<div class="Comment_replies__q1">{items}</div>',
    ),
    System(
        "bem-de",
        '<section class="o-comments"><h2>Diskussion ({count})</h2><ol>{items}</ol></section>',
        '<li class="o-comments__item"><header class="o-comments__header"><span '
        'class="o-comments__user">{author}</span><span class="o-comments__date">vor 3 '
        'Tagen</span></header><div class="o-comments__content">{p}</div><footer><button>Antworten</button>'
        "</footer>{answers}</li>",
        '<ol class="o-comments__answers">{items}</ol>',
        language="de",
        dates="none",
    ),
    System(
        "fr-wp",
        '<div id="comments"><h3>{count} commentaires</h3><ol class="commentlist">{items}</ol></div><link '
        'href="/wp-content/x">',
        '<li class="comment depth-{level}" id="comment-{n}"><div class="comment-author vcard"><b '
        'class="fn">{author}</b> <span class="says">dit :</span></div><div class="comment-metadata"><a '
        'href="#comment-{n}"><time datetime="{iso}">{date}</time></a></div><div '
        'class="comment-content">{p}</div><div class="reply"><a '
        'class="comment-reply-link">Répondre</a></div>{answers}</li>',
        '<ol class="children">{items}</ol>',
        language="fr",
    ),
    System(
        "wp-divs",
        '<div id="comments" class="comments-area"><h2>{count} Comments</h2>{items}</div><link href="/wp-content/x">',
        '<div class="comment depth-{level}" id="comment-{n}"><div class="comment-wrap"><div '
        'class="comment-avatar"><img></div><div class="comment-body"><h6 class="comment-author">{author} '
        '<span>on {date}</span></h6><div class="comment-text">{p}</div><a '
        'class="comment-reply-link">Reply</a></div></div>{answers}</div>',
        '<div class="children">{items}</div>',
    ),
    System(
        "wp-div-id",
        '<div id="comments"><h2>{count} Comments</h2><ul>{items}</ul></div><link href="/wp-content/x">',
        '<li class="comment byuser even depth-{level}" id="li-comment-{n}"><article id="comment-{n}" '
        'class="comment"><header class="comment-meta"><img class="avatar"><strong>{author}</strong><a '
        'href="#comment-{n}"><time datetime="{iso}">{date}</time></a></header><section '
        'class="comment-content comment">{p}</section><div class="reply"><a>Reply '
        "<span>&darr;</span></a></div></article>{answers}</li>",
        '<ul class="children">{items}</ul>',
    ),
    System(
        "table-author-cell",
        '<div class="comments"><h3>Comments ({count})</h3><table>{items}</table></div>',
        '<tr id="comment_{n}"><td class="author"><img><b>{author}</b></td><td class="text"><div '
        'class="date">{date}</div>{p}<div class="tools"><a>Reply</a> <a>Report</a></div></td></tr>',
        parents=False,
    ),
    System(
        "footer-name",
        '<div class="comments"><h3>{count} Comments</h3>{items}</div>',
        '<blockquote class="comment"><div>{p}</div><footer>— {author}, {date}</footer></blockquote>',
        parents=False,
    ),
    System(
        "ember",
        '<div class="discussion"><h3>Join the discussion ({count} comments)</h3>{items}</div>',
        '<div class="comment" data-id="{n}" data-parent-id="{parent}"><div class="avatar">M</div><div '
        'class="main"><span class="name">{author}</span><span class="badge">12 points</span><span '
        'class="time" title="{iso}">{ago}</span><div class="body">{p}</div><div class="bar"><button>▲ '
        "{likes}</button><button>Reply</button></div></div></div>",
    ),
    System(
        "asp-de",
        '<div id="LeserKommentare"><h2>Leserkommentare ({count})</h2>{items}</div>',
        '<div class="LeserKommentar"><span class="KommentarAutor">{author}</span> <span '
        'class="KommentarDatum">{date}</span><div class="KommentarText">{br}</div><a>Kommentar '
        "melden</a></div>",
        date="%d.%m.%Y %H:%M",
        language="de",
        parents=False,
    ),
    System(
        "intro-number",
        '<ul class="comments">{items}</ul>',
        '<li id="comment_{n}"><span class="num">{place}</span><p class="nick">{author}</p><p '
        'class="cmt">{br}</p><p class="dt">{date}</p></li>',
        date="%Y.%m.%d %H:%M",
        parents=False,
        count=False,
    ),
    System(
        "korean",
        '<div class="reply_area"><h4>댓글 {count}개</h4><ul class="list_reply">{items}</ul></div>',
        '<li><div class="txt_name">{author}</div><div class="txt_date">{date}</div><div '
        'class="desc">{br}</div><a>답글</a> <a>신고</a></li>',
        date="%Y.%m.%d. %H:%M",
        language="ko",
        parents=False,
    ),
    System(
        "polish",
        '<div class="komentarze"><h3>Komentarze ({count})</h3>{items}</div>',
        '<div class="komentarz" id="k{n}"><strong class="podpis">{author}</strong> <em>{date}</em><div '
        'class="tresc">{p}</div><a>Odpowiedz</a></div>',
        date="%d.%m.%Y %H:%M",
        language="pl",
        parents=False,
    ),
    System(
        "italian-form",
        '<div class="commenti"><h3>{count} commenti</h3><ul>{items}</ul></div>',
        '<li class="commento" id="commento-{n}"><p class="intestazione">Scritto da <b>{author}</b> il '
        '{date}</p><div class="testo">{p}</div><a>Rispondi</a></li>',
        date="%d/%m/%Y alle %H:%M",
        language="it",
        parents=False,
    ),
)
