"""Pages as publishing systems write them around an article: head, byline, sidebar, what follows. Invented throughout.

`STORY` in a template is where the article's text goes.
"""

from __future__ import annotations

from dataclasses import dataclass

TITLE = "Harbour Lights returns for a third season"
AUTHOR = ("Wanda Pell",)
DAY = "2031-05-06"
TEASER = "<h3><a href='/2031/05/{n}/'>{text}</a></h3><p>{text}, and this is how it came to be, says the town.</p>"
OTHERS = ("Lighthouse painted again", "Ferry company denies it all", "Gulls want a contract", "Fog until Friday")
TEASERS = "".join(f"<div class='item'>{TEASER.format(n=n, text=text)}</div>" for n, text in enumerate(OTHERS))
LINKS = "".join(
    f"<li><a href='/2031/04/{n}/'>{text} for the third time this year</a></li>" for n, text in enumerate(OTHERS)
)
MENU = "<nav><ul><li><a href='/'>Home</a></li><li><a href='/tv'>TV</a></li><li><a href='/film'>Film</a></li></ul></nav>"
DIV_MENU = "<div id='menu'><ul><li><a href='/'>Home</a></li><li><a href='/tv'>TV</a></li><li><a href='/film'>Film</a></li></ul></div>"
SHARE = "<div class='share'><a href='#'>Share on Facebook</a> <a href='#'>Tweet</a> <a href='#'>Email</a></div>"
FOOT = "<footer><p>© 2031 The Quay Gazette. All rights reserved. No part may be copied without leave of the harbour.</p></footer>"
BIO = "Wanda Pell writes about television for the Quay Gazette. She lives on a boat and owns no lamp at all."
NEXT = "<div class='nav-links'><a rel=prev href='/p'>Previous Post Gulls want a contract</a> <a rel=next href='/n'>Next Post Fog until Friday</a></div>"
SIDEBAR = (
    f"<div id='secondary' class='sidebar widget-area'><section class='widget'><h2>Recent Posts</h2><ul>{LINKS}</ul></section>"
    "<section class='widget'><h2>About</h2><p>The Gazette has told the quay what it knows already since 1951, daily but for the days of fog.</p>"
    "</section><section class='widget'><h2>Newsletter</h2><p>All of the harbour's news in your inbox each Friday.</p></section></div>"
)
TAGS = "<a href='/tag/a' rel=tag>Harbour Lights</a>, <a href='/tag/b' rel=tag>Channel Nine</a>"


@dataclass(frozen=True, slots=True)
class Frame:
    """A page around an article, and what the page says of it. `day` is "" where it tells none."""

    html: str
    title: str = TITLE
    authors: tuple[str, ...] = AUTHOR
    day: str = DAY
    path: str = "/tv/harbour-lights-returns.html"

    def around(self, story: str) -> bytes:
        return self.html.replace("STORY", story).encode()


def page(body: str, head: str = "", window: str = f"{TITLE} - The Quay Gazette", lang: str = "en") -> str:
    return f"<!DOCTYPE html><html lang='{lang}'><head><meta charset=utf-8><title>{window}</title>{head}</head><body>{body}</body></html>"


def graph(author: str = '{"@id":"https://quay.example/#/p/1"}') -> str:
    """Data of a page as the search plug-ins of blogs write it."""
    return (
        '<script type="application/ld+json">{"@context":"https://schema.org","@graph":['
        f'{{"@type":"Article","headline":"{TITLE}","author":{author},"datePublished":"2031-05-06T08:00:00+00:00"}},'
        '{"@type":"WebSite","name":"The Quay Gazette"},'
        '{"@type":"Person","@id":"https://quay.example/#/p/1","name":"Wanda Pell"},'
        '{"@type":"BreadcrumbList","itemListElement":[{"@type":"ListItem","name":"TV"}]}]}</script>'
    )


OPEN = f"<meta property='og:type' content='article'><meta property='og:site_name' content='The Quay Gazette'><meta property='og:title' content='{TITLE}'>"
STATED = (
    "<meta property='article:published_time' content='2031-05-06T08:00:00Z'><meta name=author content='Wanda Pell'>"
)
H1 = f"<h1 class='entry-title'>{TITLE}</h1>"
POSTED = (
    "<div class='entry-meta'><span class='posted-on'>Posted on <a href='#'><time class='entry-date published' datetime='2031-05-06T08:00:00+00:00'>"
    "May 6, 2031</time><time class='updated' datetime='2031-05-08T08:00:00+00:00'>May 8, 2031</time></a></span>"
    "<span class='byline'> by <span class='author vcard'><a class='url fn n' href='/author/wpell/'>Wanda Pell</a></span></span></div>"
)

FRAMES: dict[str, Frame] = {
    "wordpress classic": Frame(
        page(
            f"<div id=page><header><p class='site-title'><a href='/'>The Quay Gazette</a></p>{MENU}</header><div id=primary><main>"
            f"<article class='post type-post hentry'><header class='entry-header'>{H1}{POSTED}</header><div class='entry-content'>STORY"
            f"<div class='sharedaddy sd-sharing-enabled'><h3>Share this:</h3><ul><li><a href='#'>Click to share on X</a></li></ul></div></div>"
            f"<footer class='entry-footer'>Posted in <a href='/tv'>TV</a> Tagged {TAGS}</footer></article>{NEXT}</main></div>{SIDEBAR}</div>{FOOT}"
        )
    ),
    "wordpress 2010": Frame(
        page(
            f"<div id=wrapper><div id=header><h1 id=site-title><a href='/'>The Quay Gazette</a></h1></div>{DIV_MENU}<div id=main><div id=container><div id=content role=main>"
            f"<div id=nav-above>{NEXT}</div><div id=post-7 class='post hentry'><h1 class=entry-title>{TITLE}</h1><div class=entry-meta><span class='meta-prep'>Posted on</span> "
            "<a href='#'><span class=entry-date>May 6, 2031</span></a> <span class=meta-sep>by</span> <span class='author vcard'><a class='url fn n' href='/author/w'>Wanda Pell</a></span></div>"
            f"<div class=entry-content>STORY</div><div id=entry-author-info><h2>About Wanda Pell</h2>{BIO}</div>"
            f"<div class=entry-utility>This entry was posted in <a href='/tv'>TV</a> and tagged {TAGS}. Bookmark the <a href='#'>permalink</a>.</div></div></div></div>{SIDEBAR}</div></div>{FOOT}"
        )
    ),
    "wordpress blocks": Frame(
        page(
            f"<div class='wp-site-blocks'><header class='wp-block-template-part'>{MENU}</header><main class='wp-block-group'><h1 class='wp-block-post-title'>{TITLE}</h1>"
            "<div class='wp-block-group'><div class='wp-block-post-date'><time datetime='2031-05-06T08:00:00+00:00'>6 May 2031</time></div><p>—</p><p>by</p>"
            "<div class='wp-block-post-author-name'><a href='/author/w'>Wanda Pell</a></div></div>"
            f"<div class='entry-content wp-block-post-content'>STORY</div><div class='wp-block-group'><nav class='wp-block-post-navigation'><a href='/p'>Gulls want a contract</a></nav>"
            f"<h2 class='wp-block-heading'>More posts</h2><ul class='wp-block-post-template'>{LINKS}</ul></div></main></div>{FOOT}"
        )
    ),
    "genesis": Frame(
        page(
            f"<div class='site-container'>{MENU}<div class='site-inner'><main class='content'><article class='entry' itemscope itemtype='https://schema.org/CreativeWork'>"
            f"<header class='entry-header'><h1 class='entry-title' itemprop='headline'>{TITLE}</h1><p class='entry-meta'><time class='entry-time' itemprop='datePublished' datetime='2031-05-06T08:00:00Z'>May 6, 2031</time> by "
            "<span class='entry-author' itemprop='author' itemscope itemtype='https://schema.org/Person'><a class='entry-author-link' rel=author href='/author/w'><span itemprop='name'>Wanda Pell</span></a></span> "
            "<span class='entry-comments-link'><a href='#respond'>Leave a Comment</a></span></p></header><div class='entry-content' itemprop='text'>STORY</div>"
            f"<footer class='entry-footer'><p class='entry-meta'>Filed Under: <a href='/tv'>TV</a> Tagged With: {TAGS}</p></footer></article>"
            f"<section class='author-box'><h4 class='author-box-title'>About Wanda Pell</h4><div class='author-box-content'><p>{BIO}</p></div></section></main><aside class='sidebar'>{TEASERS}</aside></div></div>{FOOT}"
        )
    ),
    "newspaper theme": Frame(
        page(
            f"<div id='td-outer-wrap'><div class='td-header-wrap'>{DIV_MENU}</div><div class='td-main-content-wrap'><div class='td-crumb-container'><div class='entry-crumbs'><a href='/'>Home</a> <a href='/tv'>TV</a> {TITLE}</div></div>"
            f"<div class='td-pb-row'><div class='td-pb-span8 td-main-content'><article class='post'><div class='td-post-header'><ul class='td-category'><li><a href='/tv'>TV</a></li></ul><header class='td-post-title'><h1 class='entry-title'>{TITLE}</h1>"
            "<div class='td-module-meta-info'><div class='td-post-author-name'><div class='td-author-by'>By</div> <a href='/author/w'>Wanda Pell</a><div class='td-author-line'> - </div></div><span class='td-post-date'><time class='entry-date' datetime='2031-05-06T08:00:00+00:00'>May 6, 2031</time></span>"
            f"<div class='td-post-views'>1208</div></div></header></div>{SHARE}<div class='td-post-content tagdiv-type'>STORY</div>"
            f"<footer><div class='td-post-source-tags'><ul class='td-tags'><li><span>TAGS</span></li><li>{TAGS}</li></ul></div><div class='td-block-row td-post-next-prev'><div class='td-post-prev-post'><span>Previous article</span><a href='/p'>Gulls want a contract</a></div></div>"
            f"<div class='author-box-wrap'><div class='desc'><div class='td-author-name vcard author'><a href='/author/w'>Wanda Pell</a></div><div class='td-author-description'>{BIO}</div></div></div></footer></article>"
            f"<div class='td_block_wrap td_block_related_posts'><h4 class='td-related-title'><a href='#'>RELATED ARTICLES</a><a href='#'>MORE FROM AUTHOR</a></h4>{TEASERS}</div></div><div class='td-pb-span4 td-main-sidebar'>{TEASERS}</div></div></div></div>",
            graph(),
        )
    ),
    "elementor": Frame(
        page(
            f"<div class='elementor elementor-location-header'>{MENU}</div><div class='elementor elementor-location-single post'><div class='elementor-element e-con'><div class='elementor-widget elementor-widget-theme-post-title'><div class='elementor-widget-container'>"
            f"<h1 class='elementor-heading-title'>{TITLE}</h1></div></div><div class='elementor-widget elementor-widget-post-info'><ul class='elementor-icon-list-items'><li itemprop='author'><a href='/author/w'><span class='elementor-icon-list-text elementor-post-info__item--type-author'>Wanda Pell</span></a></li>"
            "<li itemprop='datePublished'><span class='elementor-post-info__item--type-date'><time>May 6, 2031</time></span></li></ul></div><div class='elementor-widget elementor-widget-theme-post-content'><div class='elementor-widget-container'>STORY</div></div>"
            f"<div class='elementor-widget elementor-widget-share-buttons'><div class='elementor-share-btn'>Facebook</div></div><div class='elementor-widget elementor-widget-author-box'><div class='elementor-author-box'><h4>Wanda Pell</h4><div class='elementor-author-box__bio'><p>{BIO}</p></div></div></div>"
            f"<div class='elementor-widget elementor-widget-posts'><div class='elementor-posts-container'>{TEASERS}</div></div></div></div>{FOOT}"
        )
    ),
    "divi": Frame(
        page(
            f"<div id='page-container'>{MENU}<div id='et-main-area'><div id='main-content'><article><div class='et_pb_section'><div class='et_pb_row'><div class='et_pb_column'><div class='et_pb_module et_pb_post_title'><div class='et_pb_title_container'><h1 class='entry-title'>{TITLE}</h1>"
            "<p class='et_pb_title_meta_container'>by <span class='author vcard'><a href='/author/w' rel=author>Wanda Pell</a></span> | <span class='published'>May 6, 2031</span> | <a href='/tv'>TV</a> | <span class='comments-number'><a href='#'>0 comments</a></span></p></div></div>"
            f"<div class='et_pb_module et_pb_text'><div class='et_pb_text_inner'>STORY</div></div></div></div></div></article></div></div></div>{FOOT}"
        )
    ),
    "wpbakery": Frame(
        page(
            f"{DIV_MENU}<div class='main-wrapper'><h1 class='post-title'>{TITLE}</h1><p class='post-info'><i></i> Wanda Pell | 6 May 2031 | TV</p><div class='wpb-content-wrapper'><div class='vc_row wpb_row'><div class='wpb_column vc_column_container'>"
            f"<div class='vc_column-inner'><div class='wpb_wrapper'><div class='wpb_text_column'><div class='wpb_wrapper'>STORY</div></div></div></div></div></div></div></div><div class='vc_grid'>{TEASERS}</div>{FOOT}",
            OPEN + STATED,
        )
    ),
    "blogger": Frame(
        page(
            "<div class='content-outer'><div class='header-inner'><h1 class='title'><a href='/'>The Quay Gazette</a></h1></div><div class='main section'><div class='widget Blog'><div class='blog-posts hfeed'><div class='date-outer'><h2 class='date-header'><span>Tuesday, May 6, 2031</span></h2>"
            f"<div class='post-outer'><div class='post hentry uncustomized-post-template'><h3 class='post-title entry-title'>{TITLE}</h3><div class='post-body entry-content'>STORY<div style='clear: both;'></div></div>"
            "<div class='post-footer'><div class='post-footer-line'><span class='post-author vcard'>Posted by <span class='fn'><a href='https://blog.example/profile/1'>Wanda Pell</a></span></span> <span class='post-timestamp'>at <a class='timestamp-link' href='#'><abbr class='published' title='2031-05-06T08:00:00Z'>8:00 AM</abbr></a></span></div>"
            f"<div class='post-footer-line'><span class='post-labels'>Labels: {TAGS}</span></div></div></div></div></div></div><div class='blog-pager'><a href='/n'>Newer Post</a> <a href='/'>Home</a></div></div></div><div class='column-right-outer'>{SIDEBAR}</div></div>",
            window=f"The Quay Gazette: {TITLE}",
        )
    ),
    "movable type": Frame(
        page(
            f"<div id=container><div id=banner><a href='/'>The Quay Gazette</a></div><div id=alpha><p class='content-nav'><a href='/p'>« Gulls want a contract</a> | <a href='/'>Main</a> | <a href='/n'>Fog until Friday »</a></p><div class='entry-asset asset hentry'><div class='asset-header'><h2 class='asset-name entry-title'>{TITLE}</h2>"
            "<div class='asset-meta'><span class='byline'>By <span class='vcard author'><a class='fn url' href='/w'>Wanda Pell</a></span> on <abbr class='published' title='2031-05-06T08:00:00-05:00'>May 6, 2031 8:00 AM</abbr></span> | <span class='separator'></span><a href='#comments'>No Comments</a></div></div>"
            f"<div class='asset-content entry-content'><div class='asset-body'>STORY</div></div><div class='asset-footer'><h4 class='asset-tags-header'>Tags:</h4> <ul class='asset-tags-list'><li>{TAGS}</li></ul></div></div></div><div id=beta>{SIDEBAR}</div></div>"
        )
    ),
    "typepad": Frame(
        page(
            f"<div id=container><div id=banner><h1 id=banner-header><a href='/'>The Quay Gazette</a></h1></div><div id=pagebody><div id=alpha><h2 class=date-header>May 6, 2031</h2><div class='entry-author-wanda entry' id=entry-1><h3 class='entry-header'>{TITLE}</h3>"
            f"<div class='entry-content'><div class='entry-body'>STORY</div></div><div class='entry-footer'><p class='entry-footer-info'><span class='post-footers'>Posted by Wanda Pell on May 6, 2031 at 08:00 AM in <a href='/tv'>TV</a></span> <span class='separator'>|</span> <a href='#'>Permalink</a></p></div></div></div><div id=beta>{SIDEBAR}</div></div></div>"
        )
    ),
    "drupal 7": Frame(
        page(
            f"<div id=page>{DIV_MENU}<div id=main><h1 class='title' id='page-title'>{TITLE}</h1><div class='region region-content'><div class='block block-system'><div class='content'><div class='node node-article' about='/x'><div class='meta submitted'>"
            "<span property='dc:date dc:created' content='2031-05-06T08:00:00+00:00'>Submitted by <span class='username'>Wanda Pell</span> on Tue, 05/06/2031 - 08:00</span></div><div class='content clearfix'><div class='field field-name-body field-type-text-with-summary field-label-hidden'><div class='field-items'><div class='field-item even' property='content:encoded'>STORY</div></div></div>"
            f"<div class='field field-name-field-tags'><h3 class='field-label'>Tags:</h3><ul class='links'><li>{TAGS}</li></ul></div></div><div class='link-wrapper'><ul class='links inline'><li><a href='/user/login'>Log in</a> to post comments</li></ul></div></div></div></div></div><div class='sidebar'>{SIDEBAR}</div></div></div>"
        )
    ),
    "drupal 10": Frame(
        page(
            f"{MENU}<main role=main><div class='layout-content'><h1 class='page-title'><span class='field field--name-title'>{TITLE}</span></h1><article class='node node--type-article node--view-mode-full'><footer class='node__meta'><div class='node__submitted'>By <span class='field field--name-uid'><a href='/user/7' class='username'>Wanda Pell</a></span>, "
            f"<span class='field field--name-created'><time datetime='2031-05-06T08:00:00+00:00'>6 May, 2031</time></span></div></footer><div class='node__content'><div class='field field--name-body text-formatted'>STORY</div><div class='field field--name-field-tags field--label-above'><div class='field__label'>Tags</div><div class='field__items'>{TAGS}</div></div></div></article>"
            f"<div class='views-element-container block'><h2>More in TV</h2><div class='view-content'>{TEASERS}</div></div></div></main>{FOOT}"
        )
    ),
    "joomla": Frame(
        page(
            f"{MENU}<div class='site-grid'><main><div class='com-content-article item-page' itemscope itemtype='https://schema.org/Article'><meta itemprop='inLanguage' content='en-GB'><div class='page-header'><h1>TV</h1></div><div class='page-header'><h2 itemprop='headline'>{TITLE}</h2></div>"
            "<dl class='article-info text-muted'><dt class='article-info-term'>Details</dt><dd class='createdby' itemprop='author' itemscope itemtype='https://schema.org/Person'>Written by: <span itemprop='name'>Wanda Pell</span></dd><dd class='category-name'>Category: <a href='/tv'>TV</a></dd>"
            "<dd class='published'><time datetime='2031-05-06T08:00:00+00:00' itemprop='datePublished'>Published: 06 May 2031</time></dd><dd class='hits'>Hits: 1208</dd></dl><div itemprop='articleBody' class='com-content-article__body'>STORY</div>"
            f"<nav class='pagenavigation'><a href='/p'>Prev</a> <a href='/n'>Next</a></nav></div></main><div class='container-sidebar-right'>{TEASERS}</div></div>{FOOT}",
            window=TITLE,
        )
    ),
    "ghost": Frame(
        page(
            f"<div class='viewport'><header class='gh-head'>{MENU}</header><main class='gh-main'><article class='gh-article post'><header class='gh-article-header'><a class='gh-article-tag' href='/tag/tv'>TV</a><h1 class='gh-article-title'>{TITLE}</h1><p class='gh-article-excerpt'>The ferry sails again.</p>"
            "<div class='gh-article-meta'><div class='gh-article-meta-content'><h4 class='gh-article-author-name'><a href='/author/wanda/'>Wanda Pell</a></h4><div class='byline-meta-content'><time class='byline-meta-date' datetime='2031-05-06'>May 6, 2031</time><span>4 min read</span></div></div></div></header>"
            "<section class='gh-content gh-canvas'>STORY</section></article></main><section class='gh-cta'><h4 class='gh-cta-title'>This is free</h4></section><section class='footer-cta'><h2>Sign up for more like this.</h2><a href='#'>Enter your email</a></section>"
            f"<aside class='read-more-wrap'><div class='read-more'>{TEASERS}</div></aside></div>{FOOT}",
            graph('{"@type":"Person","name":"Wanda Pell"}'),
        )
    ),
    "substack": Frame(
        page(
            f"<div class='main'><div class='single-post'><article class='typography newsletter-post post'><div class='post-header'><h1 class='post-title published'>{TITLE}</h1><h3 class='subtitle'>The ferry sails again</h3><div class='byline-wrapper'><div class='pencraft'><a href='https://quay.example/@wanda'>Wanda Pell</a></div><div class='pencraft'>May 06, 2031</div></div></div>"
            "<div><div class='available-content'><div dir=auto class='body markup'>STORY<div class='subscription-widget-wrap'><div class='preamble'><p class='cta-caption'>The Quay Letter lives of its readers. To receive new posts and support my work, become a subscriber.</p></div></div></div></div></div></article>"
            f"<div class='container'><h4>Discussion about this post</h4></div><div class='portable-archive'>{TEASERS}</div></div></div>",
            OPEN + STATED,
        )
    ),
    "medium": Frame(
        page(
            f"<div id=root><div class='a b c'><article><div class='l'><div class='l'><section><div><div class='fo fp'><h1 class='pw-post-title'>{TITLE}</h1><div><h2 class='pw-subtitle-paragraph'>The ferry sails again</h2></div><div class='speechify-ignore'><div class='ab q'><a rel=noopener href='/@wanda?source=post_page'>Wanda Pell</a></div><p>·</p><p><button>Follow</button></p><span>4 min read</span><span>·</span><span>May 6, 2031</span></div>"
            f"STORY</div></div></section></div></div></article><div class='ab ac'><div>Written by <h2>Wanda Pell</h2><div><p>{BIO}</p></div></div></div><div><h2>More from Wanda Pell</h2>{TEASERS}</div></div></div>",
            OPEN + STATED,
        )
    ),
    "squarespace": Frame(
        page(
            f"<div id='siteWrapper'>{MENU}<main id='page' class='container' role=main><article class='sections'><section class='page-section'><div class='blog-item-wrapper'><article class='h-entry entry hentry'><div class='blog-item-inner-wrapper'><div class='blog-item-top-wrapper'><div class='blog-item-title'><h1 class='entry-title entry-title--large p-name'>{TITLE}</h1></div>"
            "<div class='blog-meta-item-container'><div class='blog-meta-item'><time class='dt-published blog-meta-item--date' datetime='2031-05-06'><span>May 6</span></time></div><div class='blog-meta-item'><span>Written By <a class='blog-author-name' href='/?author=1'>Wanda Pell</a></span></div></div></div>"
            f"<div class='blog-item-content-wrapper'><div class='blog-item-content e-content'><div class='sqs-layout'><div class='row sqs-row'><div class='col sqs-col-12'><div class='sqs-block html-block'><div class='sqs-block-content'><div class='sqs-html-content'>STORY</div></div></div></div></div></div></div></div></div></article></div></section></article><section id='itemPagination'><a href='/p'><h2>Gulls want a contract</h2></a></section></main></div>{FOOT}",
            window=f"{TITLE} — The Quay Gazette",
        )
    ),
    "wix": Frame(
        page(
            f"<div id='SITE_CONTAINER'>{MENU}<main><div data-hook='post'><article><div data-hook='post-header'><ul><li><span data-hook='user-name' class='x1'>Wanda Pell</span></li><li><span data-hook='time-ago' title='May 6, 2031'>May 6, 2031</span></li><li><span data-hook='time-to-read'>3 min read</span></li></ul></div><h1 data-hook='post-title'><span>{TITLE}</span></h1>"
            f"<div data-hook='post-description'><div class='fTEXDR'><div data-id='content-viewer'><div class='rich'>STORY</div></div></div></div><footer><ul><li><a href='/tv'>TV</a></li></ul></footer></article></div><div class='recent'><h2>Recent Posts</h2><a href='/'>See All</a>{TEASERS}</div></main></div>",
            OPEN + STATED,
        )
    ),
    "arc": Frame(
        page(
            f"<div id='fusion-app'><header>{MENU}</header><section class='b-right-rail__main'><div class='b-overline'>TV</div><h1 class='b-headline'>{TITLE}</h1><h2 class='b-subheadline'>The ferry sails again, and with it the captain and both of her lamps</h2><div class='b-byline'><span class='b-byline__by'>By</span> <span class='b-byline__names'><a href='/author/wanda-pell/'>Wanda Pell</a></span></div>"
            f"<time class='b-date' datetime='2031-05-06T08:00:00.000Z'>May 06, 2031 at 8:00AM EDT</time><article class='b-article-body'>STORY</article><div class='b-tag-list'>{TAGS}</div><div class='b-results-list'>{TEASERS}</div></section><aside class='b-right-rail__rail'>{TEASERS}</aside></div>{FOOT}"
        )
    ),
    "chorus": Frame(
        page(
            f"<div class='c-global-header'>{MENU}</div><main><article class='l-segment'><div class='c-entry-hero'><h1 class='c-page-title'>{TITLE}</h1><p class='c-entry-summary p-dek'>The ferry sails again, with the captain and both lamps</p><div class='c-byline'><span class='c-byline-wrapper'>By <span class='c-byline__item'><a href='/authors/wanda'><span class='c-byline__author-name'>Wanda Pell</span></a></span>"
            f"<span class='c-byline__twitter-handle'><a href='#'>@wpell</a></span> <span class='c-byline__item'><time datetime='2031-05-06T08:00:00-04:00'>May 6, 2031, 8:00am EDT</time></span></span></div><div class='c-social-buttons'><a href='#'>Share this on Facebook (opens in new window)</a></div></div><div class='l-sidebar-fixed'><div class='l-col__main'><div class='c-entry-content'>STORY</div></div><div class='l-col__sidebar'>{SIDEBAR}</div></div></article></main>{FOOT}"
        )
    ),
    "typo3": Frame(
        page(
            f"<div class='frame-type-list'>{DIV_MENU}<div class='news news-single'><div class='article' itemscope itemtype='http://schema.org/Article'><div class='header'><h3 itemprop='headline'>{TITLE}</h3></div><div class='footer'><p><span class='news-list-date'><time itemprop='datePublished' datetime='2031-05-06'>06.05.2031</time></span> <span class='news-list-author' itemprop='author' itemscope itemtype='http://schema.org/Person'>Von <span itemprop='name'>Wanda Pell</span></span></p></div>"
            f"<div class='teaser-text' itemprop='description'></div><div class='news-text-wrap' itemprop='articleBody'>STORY</div><div class='news-related-wrap'><div class='news-related'><h4>Verwandte Nachrichten</h4><ul>{LINKS}</ul></div></div><div class='news-backlink-wrap'><a href='/'>Zurück</a></div></div></div></div>",
            window=f"Gazette: {TITLE}",
        )
    ),
    "amp": Frame(
        page(
            f"<header class='amp-wp-header'><a href='/'>The Quay Gazette</a></header><article class='amp-wp-article'><header class='amp-wp-article-header'><h1 class='amp-wp-title'>{TITLE}</h1><div class='amp-wp-meta amp-wp-byline'><span class='amp-wp-author author vcard'>Wanda Pell</span></div><div class='amp-wp-meta amp-wp-posted-on'><time datetime='2031-05-06T08:00:00+00:00'>2 hours ago</time></div></header>"
            f"<div class='amp-wp-article-content'>STORY</div><footer class='amp-wp-article-footer'><div class='amp-wp-meta amp-wp-tax-category'>Categories: <a href='/tv'>TV</a></div><div class='amp-wp-meta amp-wp-comments-link'><a href='#'>Leave a Comment</a></div></footer></article><footer class='amp-wp-footer'><p>Powered by the quay</p></footer>"
        )
    ),
    "table layout": Frame(
        page(
            "<table width=900><tr><td colspan=3><img src=logo.gif></td></tr><tr><td width=120 valign=top><a href='/'>Home</a><br><a href='/tv'>Television</a><br><a href='/film'>Film</a></td>"
            f"<td valign=top><font size=5><b>{TITLE}</b></font><br><font size=2>By Wanda Pell<br>May 6, 2031</font><br><br>STORY</td><td width=160 valign=top><b>Latest news</b><br>{LINKS}</td></tr><tr><td colspan=3>Copyright 2031 The Quay Gazette</td></tr></table>",
            window=f"The Quay Gazette | {TITLE}",
        )
    ),
    "follow-up articles": Frame(
        page(
            f"{MENU}<main><div class='infinite'><article class='story'><h1>{TITLE}</h1><div class='byline'>By <a href='/author/w'>Wanda Pell</a>, TV Editor</div><time datetime='2031-05-06T08:00Z'>Published May 6, 2031</time><div class='article-part'>STORY</div></article>"
            + "".join(
                f"<article class='story'><h2><a href='/x{n}'>{t}</a></h2><div class='byline'>By Otto Pier</div><p>{t}, and this is how it came to be, says the town, which has seen it all before.</p></article>"
                for n, t in enumerate(OTHERS)
            )
            + f"</div></main>{FOOT}",
            graph('[{"@type":"Person","name":"Wanda Pell"}]'),
        )
    ),
    "several headlines": Frame(
        page(
            f"<h1 class=logo><a href='/'><img src=l.png alt='Quay'> The Quay Gazette</a></h1>{MENU}<main><section class='content'><p class=kicker>Television</p><h1>{TITLE}</h1><h2 class=subtitle>The ferry sails again, and with it the captain and both of her lamps</h2><p class='meta'>Published 6 May 2031 | Updated 8 May 2031 | <b>Wanda Pell</b></p><div class=text>STORY</div></section><section><h1>Most read</h1>{TEASERS}</section></main>",
            OPEN + "<meta name=author content='Wanda Pell'>",
            window=f"{TITLE} | TV | The Quay Gazette",
        )
    ),
    "wrong data": Frame(
        page(
            f"{MENU}<main><h1>{TITLE}</h1><p class='author'>Words by <a href='/contributor/wanda-pell'>Wanda Pell</a></p><p class='date'>Tuesday 6 May 2031 08:00 BST</p><div class='story-content'>STORY</div>{SHARE}<div class='more'><h2>More from TV</h2>{TEASERS}</div></main>{FOOT}",
            OPEN
            + '<script type="application/ld+json">{"@type":"NewsArticle","headline":"Harbour Lights returns","author":{"@type":"Organization","name":"The Quay Gazette"}</script>',
        )
    ),
    "german paper": Frame(
        page(
            f"{MENU}<main><article><header><span class='kicker'>Fernsehen</span><h2><span class='kicker'>Serie:</span> <span class='headline'>{TITLE}</span></h2><p class='article-intro'></p><p class='article-author'>Von Wanda Pell</p><p class='article-date'>6. Mai 2031, 8:00 Uhr</p></header><div class='article-text'>STORY</div><div class='article-footer'><p>Quelle: Hafenbote</p></div></article><div class='teaserlist'><h3>Das könnte Sie auch interessieren</h3>{TEASERS}</div></main>",
            OPEN,
            window=f"Serie: {TITLE} - Hafenbote",
            lang="de",
        )
    ),
    "bare": Frame(
        page(
            f"<h1>{TITLE}</h1><p><em>Wanda Pell, 6 May 2031</em></p>STORY<hr><p><a href='/'>Back to the Gazette</a></p>",
            "<meta name=author content='Wanda Pell'>",
        )
    ),
    "builder of nameless parts": Frame(
        page(
            f"<div class='css-1'><div class='css-2'>{MENU}</div><div class='css-3'><div class='css-4'><h1 class='css-5'>{TITLE}</h1><div class='css-6'><span class='css-7'>By </span><a class='css-8' href='/by/wanda-pell'>Wanda Pell</a></div><div class='css-6'>May 6, 2031</div></div><div class='css-9'><div class='css-10'>STORY</div></div><div class='css-11'><h3 class='css-12'>More on this</h3>{TEASERS}</div></div></div>",
            OPEN,
        )
    ),
    "two authors": Frame(
        page(
            f"{MENU}<article><h1>{TITLE}</h1><div class='authors'>By <a href='/author/w'>Wanda Pell</a> and <a href='/author/j'>Nell Ash</a>, Quay Press</div><div class='timestamp'>PUBLISHED: May 6, 2031 at 8:00 a.m. | UPDATED: May 8, 2031 at 9:00 a.m.</div><div class='body-copy'>STORY</div></article>{FOOT}",
            OPEN,
        ),
        authors=("Wanda Pell", "Nell Ash"),
    ),
}

SUBTITLES = (
    "The ferry sails again.",
    "The ferry sails again",
    "The ferry sails again, and with it the captain and both of her lamps",
    "The ferry sails again, with the captain and both lamps",
    "And the gulls as well",
)
"""What stands under headlines here: text to some, head to others."""
