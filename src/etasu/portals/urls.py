"""The addresses of the portals: what is around them, then one folder for each audience."""

from importlib.util import find_spec

from django.urls import URLPattern, URLResolver, include, path

from etasu.portals import home, language, sign_in

PORTALS = ("prescriber", "facility", "pharmacy", "administrator")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home, name="home"),
    path("sign-in/", sign_in.sign_in, name="sign-in"),
    path("sign-out/", sign_in.sign_out, name="sign-out"),
    path("role/", sign_in.choose_role, name="choose-role"),
    path("language/", language.choose_language, name="language"),
]
urlpatterns += [
    path(f"{name}/", include(f"etasu.portals.{name}.urls"))
    for name in PORTALS
    if find_spec(f"etasu.portals.{name}") and find_spec(f"etasu.portals.{name}.urls")
]
