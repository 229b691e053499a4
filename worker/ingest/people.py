"""Who in a text is a person, and so no show: by what they do, their trade, their last name alone, a first name."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from worker.ingest.lexicon import Lexicon
from worker.ingest.names import LINKS

_BEHIND = 60  # characters behind a name
_BEFORE = 30  # characters before it, for a trade
_MOST = 3  # words of a person's name


@functools.lru_cache(maxsize=512)
def is_person(name: str, whole: str, lexicon: Lexicon) -> bool:
    """Is this a person's name in this text?"""
    words = name.removesuffix("'s").removeprefix("The ").split()
    if not words or len(words) > _MOST or ":" in name or any(word.casefold() in LINKS for word in words):
        return False
    if words[0].casefold() in FIRST_NAMES or (len(words) > 1 and _is_initial(words[1])):
        return True
    rare = not any(word.casefold() in lexicon.common for word in words)
    if len(words) > 1 and rare and not name.startswith("The ") and count(words[-1], whole) > count(name, whole):
        return True
    return acts(name, whole, lexicon)


@functools.lru_cache(maxsize=512)
def acts(name: str, whole: str, lexicon: Lexicon) -> bool:
    """Does somebody of this name speak, join or leave in a text, or stand behind the name of a trade?"""
    for start in places(name, whole):
        end = start + len(name)
        if whole[end : end + _BEHIND] in lexicon.shows["doer"]:
            return True
        if whole[max(0, start - _BEFORE) : start] in lexicon.shows["before_person"]:
            return True
    return False


def places(name: str, text: str) -> Iterator[int]:
    """Where a name stands in a text, as words of its own."""
    start = text.find(name) if name else -1
    while start >= 0:
        end = start + len(name)
        if not _is_word(text[start - 1 : start]) and not _is_word(text[end : end + 1]):
            yield start
        start = text.find(name, start + 1)


def count(name: str, text: str) -> int:
    """How often a name stands in a text, as words of its own."""
    return sum(1 for _ in places(name, text))


def _is_word(char: str) -> bool:
    return char.isalnum() or char == "_"


def _is_initial(word: str) -> bool:
    return re.fullmatch(r"[A-Z]\.", word) is not None


# The first names that most people in the news of film and television have; a net for headlines without a text.
_FIRST_NAMES_LIST = """
    aaron adam adrian aidan alan alba albert alec alejandro alex alexander alexandra alexis alfred alice alicia alison
    allison alvaro amanda amber amy ana anderson andrea andrew andy angela angelina anita ann anna anne annie ansel
    anthony antonio anya ariana arnold arthur ashley aubrey audrey austin ava barbara barry bella ben benedict benjamin
    bernard beth betty bill billie billy blake bob bobby brad bradley brandon brenda brendan brian bruce bruno bryan
    bryce caitlin callum cameron camila cara carey carl carla carlos carmen carol carolina caroline carrie cary casey
    cate catherine chad charles charlie charlotte chelsea cheryl chloe choi chris chrissy christian christina christine
    christoph christopher chuck cillian claire clara clark claudia clint clive cody colin connie connor corey courtney
    craig cristina curtis cynthia daisy dakota dan daniel danny daryl dave david dawn dean debbie deborah debra denis
    denise dennis denzel derek diana diane diego domhnall dominic don donald donna doug douglas drew duncan dwayne dylan
    ed eddie edgar eduardo edward elena elisabeth eliza elizabeth ella ellen elliot emilia emily emma eric erica erika
    erin ethan eva evan ewan ezra felicity fernando fiona florence forest frances francesca francis francisco frank fred
    freddie freddy gabriel gal gary gavin gemma george georgia gerald gerard gillian gina giovanni glen glenn gloria
    grace graham grant greg greta guillermo gus guy gwen gwyneth hannah harold harriet harrison harry harvey heather
    hector helen helena henry hilary holly howard hugh hugo hunter ian ice-t idina idris imelda ingrid irene isaac
    isabel isabella isla itziar ivan jack jackie jacob jada jaime jake james jamie jane janelle janet jared jason javier
    jay jean jeff jeffrey jenna jennifer jenny jeremy jerry jesse jessica jessie jim jimmy jin joan joanna joaquin jodi
    jodie joe joel joey johan john johnny jon jonah jonathan jordan jorge jose joseph josh joshua joy juan jude judith
    judy julia julian julianne julie juliette jung justin kaitlyn karen kat kate katherine kathleen kathryn kathy katie
    kay keanu keegan keira keith kelly kelsey ken kenneth kerri kerry kevin kiefer kiernan kim kirsten kirstie kit
    kristen kristin kurt kyle lance larry laura lauren laurence laurie lea leah lee lena leo leonardo leslie lewis liam
    lili lily linda lindsay lionel lisa liz logan lola lorraine louis louise lucas lucy luis luisa luke lupita lydia
    lynn madison maggie mandy manuel marc marcia marcus margaret margot maria mariah marie mario marisa mark marlon
    martha martin mary matt matthew maya meg megan meghan mel melanie melinda melissa meryl mia michael michelle miguel
    mike mila miles miley millicent millie milly min mindy miranda mitch molly monica morena morgan najwa nancy naomi
    natalia natalie natasha nathan neil nicholas nick nicola nicolas nicole nikki nikolaj nina noah noel nora norman
    oliver olivia oprah oscar otto owen pablo paddy pamela park patricia patrick patti paul paula pauline pedro penelope
    penn perry pete peter phil philip phoebe pierce priyanka quentin rachel rafael ralph ramon ramy randall raul ravi
    ray rebecca reese regina renee rhea ricardo richard rick ricky riley rita riz rob robert roberto robin rodrigo roger
    roland ron ronald rory rosa rosamund rosario rose ross rowan roy ruben rufus rupert russell ruth ryan sabrina sally
    salma sam samantha samuel sandra saoirse sara sarah scarlett scott sean sebastian selena serena seth shailene shane
    shannon sharon shaun shawn sheila shonda sienna sigourney simon simone sofia sonequa song sophia sophie stacey stacy
    stan stella stephanie stephen sterling steve steven stuart susan suzanne sydney sylvester tamara tara tatiana taylor
    ted teresa terry theo theresa thomas tiffany tilda tim timothy tina tobias toby todd tom toni tony tracy travis
    trevor tyler uma ursula uzo valerie vanessa vera veronica vicki vicky victor victoria viggo vin vince vincent viola
    walton wanda warren wayne wendy wes wesley whoopi will willem william winona woody yahya yvonne zac zach zachary
    zack zendaya zoe zoey zooey
"""
FIRST_NAMES = frozenset(_FIRST_NAMES_LIST.split())
