"""Pieces of article pages that look like threads and are none: boxes, lists, forms, tickers."""

from __future__ import annotations


def _rows(template: str, number: int = 6) -> str:
    names = ("Rita Moor", "Otto Pier", "Ada Quay", "Ben Ness", "Cleo Marsh", "Dan Weir", "Eve Lock", "Finn Dyke")
    return "".join(
        template.format(n=n + 1, name=names[n % len(names)], other=names[(n + 3) % 8]) for n in range(number)
    )


_SENTENCE = "The ferry left at nine with {n} people on board, and most of them came back before the evening."

BARE: dict[str, str] = {
    "recent comments below": '<section class="recent-comments"><h3>Recent comments</h3><ul>'
    + _rows('<li class="comment"><b>{name}</b> on <a href="/s-{n}#comment-{n}">Story {n}</a>: “Well said, all of it.” '
            "<time datetime='2019-03-0{n}'>March {n}, 2019</time></li>")
    + "</ul></section>",
    "newest comments in German": '<div class="box neueste-kommentare"><h3>Neueste Kommentare</h3>'
    + _rows('<div class="kommentar"><span class="autor">{name}</span> zu <a href="/s-{n}#k{n}">Bericht {n}</a> '
            "<span>0{n}.03.2019, 10:0{n} Uhr</span></div>")
    + "</div>",
    "comments elsewhere, unnamed box": "<div class='tabs'><div class='tab-comments'>"
    + _rows("<div class='item'><a href='/s-{n}#comment-9{n}'>{name}: I could not agree more with this, and I said so "
            "before</a><span class='date'>March {n}, 2019</span></div>")
    + "</div></div>",
    "count and a link": '<div class="comments"><a href="/harbour/comments">Read all the comments</a></div>',
    "service without comments": '<div id="disqus_thread"></div><noscript>Please enable JavaScript to view the <a '
    'href="https://disqus.com">comments powered by Disqus.</a></noscript>',
    "form": '<div id="comments" class="comments-area"><div id="respond"><h3>Leave a Reply</h3><p>Your email address will '
    'not be published.</p><form><p class="comment-form-author"><label>Name</label><input></p><p><label>Email</label>'
    "<input></p><textarea></textarea><p>You may use these tags: &lt;b&gt;</p></form></div></div>",
    "log in": '<section class="comments"><h2>Comments</h2><p>You must be <a href="/login">logged in</a> to post a comment.'
    '</p><p class="comment-policy">Please keep to our <a href="/rules">rules</a>. Comments are read before they are '
    "shown, which takes until Monday.</p></section>",
    "closed": '<div id="comments"><h3>Comments are closed.</h3><p>Since March 5, 2019 at 10:00 nobody can comment.</p></div>',
    "reviews": '<section class="reviews"><h2>What the critics say</h2>'
    + _rows('<div class="review"><blockquote>A fine series with a slow start and a good end.</blockquote><cite>{name}, The '
            "Port Paper</cite> <span class='rating'>{n}/5</span></div>")
    + "</section>",
    "live ticker": '<section class="live-blog"><h2>As it happened</h2>'
    + _rows('<div class="live-post" id="post-10{n}"><time datetime="2019-03-05T1{n}:00:00Z">1{n}:00</time><span '
            f'class="author">{{name}}</span><h3>Boat {{n}} leaves</h3><p>{_SENTENCE}</p><a class="share">Share</a></div>')
    + "</section>",
    "related with excerpts": '<section class="posts-list"><h2>Read next</h2>'
    + _rows('<article class="post"><h3><a href="/s-{n}">Story {n}</a></h3><p class="meta"><span class="author">{name}</span> '
            f"· March {{n}}, 2019 · <a href='/s-{{n}}#comments'>{{n}} comments</a></p><p>{_SENTENCE}</p></article>")
    + "</section>",
    "most commented": '<section class="most-commented"><h2>Most commented</h2><ol>'
    + _rows('<li><a href="/s-{n}">Story number {n}</a> <span class="comments">{n} comments</span> '
            '<span class="author">{name}</span></li>')
    + "</ol></section>",
    "forum teasers": '<section class="forum-teaser"><h2>From the forum</h2><ul>'
    + _rows('<li class="thread"><a href="/forum/t-{n}">Who is the captain, part {n}?</a> <span class="user">{name}</span> '
            "<span class='last-post'>last reply by {other}, March {n}, 2019</span> <span>{n} replies</span></li>")
    + "</ul></section>",
    "poll": '<section class="poll"><h3>Who takes over?</h3><ul>'
    + _rows('<li class="answer"><label><input type="radio"> {name}</label> <span class="percent">{n}0%</span> <span '
            'class="votes">{n}00 votes</span></li>')
    + "</ul></section>",
    "authors": '<section class="contributors"><h2>Our writers</h2>'
    + _rows('<div class="author-card" id="author-{n}"><img><h3 class="author-name">{name}</h3><p class="bio">Writes about '
            "boats since March {n}, 2011 and lives by the sea with two dogs.</p><a>Follow</a></div>")
    + "</section>",
    "events": '<section class="events"><h2>What is on</h2>'
    + _rows('<div class="event"><time datetime="2019-04-0{n}">April {n}, 2019</time><strong>{name}</strong><p>Talks about '
            "boats, harbours and the third year of the series in the town hall.</p><a href='/e/{n}'>Tickets</a></div>")
    + "</section>",
    "podcast": '<section class="episodes"><h2>All episodes</h2>'
    + _rows('<div class="episode" id="episode-{n}"><span class="date">March {n}, 2019</span><span class="host">{name}</span>'
            f"<p>{_SENTENCE}</p><button>Play</button><button>Share</button></div>")
    + "</section>",
    "newsletter archive": '<ul class="archive">'
    + _rows('<li class="entry"><span class="date">March {n}, 2019</span> <a href="/n/{n}">Letter {n}: boats and talk</a> '
            "<span class='by'>by {name}</span><p>A short word on what this letter was about, for those who missed it.</p></li>")
    + "</ul>",
    "tweets": '<section class="embeds"><h2>Reactions</h2>'
    + _rows('<blockquote class="twitter-tweet"><p>What a third year this will be!</p>— {name} (@name{n}) <a '
            'href="https://twitter.com/x/{n}">March {n}, 2019</a></blockquote>', 3)
    + "</section>",
    "interview": '<section class="interview"><h2>Questions and answers</h2>'
    + _rows("<div class='qa'><p class='question'><b>Will there be a fourth year?</b></p><p class='answer'><b>{name}:</b> "
            "That is for March {n}, 2020 to tell, and we do not know yet.</p></div>")
    + "</section>",
    "press quotes called responses": '<section class="press"><h2>Responses to the news</h2>'
    + _rows('<div class="quote"><p>We welcome it, and so do all who live here.</p><span class="name">{name}, mayor of Port '
            "{n}</span></div>", 3)
    + "</section>",
    "corrections": '<section class="changes"><h2>Changes</h2><ul>'
    + _rows("<li><time datetime='2019-03-0{n}'>March {n}, 2019</time> <b>{name}</b> The name of the ferry was put right in "
            "the second paragraph.</li>", 3)
    + "</ul></section>",
    "community news": '<section class="community"><h2>From our community</h2>'
    + _rows('<div class="card"><a href="/u/{n}"><img></a><h3><a href="/community/{n}">My trip to Port {n}</a></h3><span '
            f'class="author">{{name}}</span><span class="date">March {{n}}, 2019</span><p>{_SENTENCE}</p></div>')
    + "</section>",
    "shop reviews of other things": '<div class="shop"><h3>You may like</h3>'
    + _rows('<div class="product"><a href="/p/{n}">Model boat {n}</a><span class="review-count">{n} reviews</span><span '
            'class="price">1{n}.00</span></div>')
    + "</div>",
}  # fmt: skip
