"""The addresses of the operations clerks."""

from django.urls import path

from etasu.portals.intake import checking, keying, opening, receiving, reviews, showing, transfers

app_name = "intake"
urlpatterns = [
    path("", receiving.home, name="home"),
    path("documents/new/", receiving.receive, name="receive"),
    path("calls/new/", receiving.call, name="call"),
    path("documents/<str:number>/", showing.document, name="document"),
    path("documents/<str:number>/file/", showing.file, name="file"),
    path("documents/<str:number>/pages/<int:page>/", showing.page, name="picture"),
    path("documents/<str:number>/claim/", receiving.claim, name="claim"),
    path("documents/<str:number>/release/", receiving.release, name="release"),
    path("documents/<str:number>/set-aside/", receiving.put_aside, name="set-aside"),
    path("documents/<str:number>/take-up/", receiving.take_up, name="take-up"),
    path("documents/<str:number>/form/", opening.open_form, name="open-form"),
    path("documents/<str:number>/drop/", opening.drop, name="drop"),
    path("documents/<str:number>/key/<slug:code>/", keying.page, name="key"),
    path("documents/<str:number>/signatures/", keying.signatures, name="signatures"),
    path("documents/<str:number>/hand-on/", keying.hand_on, name="hand-on"),
    path("documents/<str:number>/check/", checking.check, name="check"),
    path("documents/<str:number>/send-back/", checking.send_back, name="send-back"),
    path("transfers/", transfers.transfers, name="transfers"),
    path("transfers/<str:number>/", transfers.transfer, name="transfer"),
    path("duplicates/", reviews.reviews, name="reviews"),
    path("duplicates/<str:number>/", reviews.review, name="review"),
    path("duplicates/<str:number>/undo/", reviews.undo, name="undo"),
]
