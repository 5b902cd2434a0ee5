"""The queue: work that takes too long for an answer, done by the worker and followed on pages and by command (D19).

A room defers on the request's own session, so that job and change are committed together or not at all::

    from geo_housing.jobs.service import defer
    from geo_housing.jobs.answer import accepted

    job_id = defer(access.session, access.actor, "houses.import", {"file_id": 7}, key="file:7")
    return accepted(job_id)                                      # 202, Location: /api/v1/jobs/<id>

Its task is a function ``run(job: RunningJob) -> dict`` that stands in the one table geo_housing/tasks.py together
with the permission it needs. ``job.session`` is the one transaction, ``job.actor`` the same person with the same area
(checked again at the start: a disabled user's or an ended grant's job is refused), ``job.args`` what was deferred,
``job.settings`` and ``job.database`` the installation. ``job.progress(done, total, "步骤")`` shows how far it is, in a
short transaction of its own. The returned dict is the result; one of our errors fails the job with its sentence.

A task may run twice (its worker was killed before the commit): everything it changes is in ``job.session``, which is
committed together with the job's being done. ``args`` must hold no personal data: ids and choices only.
"""
