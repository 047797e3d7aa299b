using System.Collections.Immutable;
using Scheduler.Contracts.Errors;
using Scheduler.Contracts.V1;
using Scheduler.Models;
using Scheduler.Rep.Bbs;
using Scheduler.Tests.TestKit.Bbs;
using Scheduler.Tests.TestKit.Time;

namespace Scheduler.Tests.Unit.Rep.Bbs;

public sealed class ReportBatchesTests
{
    // Calls are made on other threads than the test's.
    private ImmutableList<(ReportRequest Request, TaskCompletionSource<ReportResponse> Response)> _calls = [];
    private readonly ReportBatches _batches;

    public ReportBatchesTests() =>
        _batches = new ReportBatches(request =>
        {
            var response = new TaskCompletionSource<ReportResponse>();
            ImmutableInterlocked.Update(ref _calls, calls => calls.Add((request, response)));
            return response.Task;
        });

    [Fact]
    public async Task A_report_does_not_wait_for_others()
    {
        var asked = Ask(0);

        Assert.Equal([0], IndicesOf(0));
        Answer(0);
        Assert.Null((await asked).Error);
    }

    [Fact]
    public async Task Reports_that_come_while_calls_are_in_flight_go_together_in_their_order()
    {
        var asked = Enumerable.Range(0, 10).Select(index => Ask(index)).ToList();

        Assert.Equal(2, _calls.Count);
        Answer(0);
        await asked[0];
        await CalledAsync(2);
        Assert.Equal([2, 3, 4, 5, 6, 7, 8, 9], IndicesOf(2));
        Answer(1);
        Answer(2);
        await Task.WhenAll(asked);
        Assert.Equal(3, _calls.Count);
    }

    [Fact]
    public async Task Each_report_gets_its_own_answer()
    {
        Fill();
        var taken = Ask(2);
        var refused = Ask(3);
        Answer(0);
        await CalledAsync(2);
        _calls[2]
            .Response.SetResult(
                new ReportResponse
                {
                    Answers =
                    {
                        new WorkReportAnswer(),
                        new WorkReportAnswer
                        {
                            Error = ErrorMapping.ToMessage(new DomainError(ErrorKind.ActualLrpCannotBeClaimed, "another one has it")),
                        },
                    },
                }
            );

        await taken;
        var failure = await Assert.ThrowsAsync<DomainException>(() => refused);
        Assert.Equal((ErrorKind.ActualLrpCannotBeClaimed, "another one has it"), (failure.Kind, failure.Message));
    }

    [Fact]
    public async Task A_call_that_fails_fails_its_reports_and_no_others()
    {
        Fill();
        List<Task<WorkReportAnswer>> lost = [Ask(2), Ask(3)];
        Answer(0);
        await CalledAsync(2);
        var next = Ask(4);
        _calls[2].Response.SetException(new TimeoutException("no answer"));

        foreach (var report in lost)
            await Assert.ThrowsAsync<TimeoutException>(() => report);
        await CalledAsync(3);
        Assert.Equal([4], IndicesOf(3));
        Answer(3);
        await next;
    }

    [Fact]
    public async Task A_response_that_answers_only_some_reports_answers_none()
    {
        Fill();
        List<Task<WorkReportAnswer>> asked = [Ask(2), Ask(3)];
        Answer(0);
        await CalledAsync(2);
        _calls[2].Response.SetResult(new ReportResponse { Answers = { new WorkReportAnswer() } });

        foreach (var report in asked)
            Assert.Contains(
                "1 of 2",
                (await Assert.ThrowsAsync<InvalidOperationException>(() => report)).Message,
                StringComparison.Ordinal
            );
    }

    [Fact]
    public async Task A_report_whose_sender_has_given_up_is_not_sent()
    {
        Fill();
        using var gone = new CancellationTokenSource();
        var given = Ask(2, gone.Token);
        var kept = Ask(3);
        gone.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => given);
        Answer(0);
        await CalledAsync(2);

        Assert.Equal([3], IndicesOf(2));
        Answer(2);
        await kept;
    }

    [Fact]
    public async Task Batches_are_bounded_by_size_and_number()
    {
        Fill();
        // Two of these fit into a batch.
        for (var i = 0; i < 4; i++)
            _ = Ask(new WorkReport { CompleteTask = new CompleteTaskRequest { Result = new string('x', 120 * 1024) } });
        for (var i = 0; i < 900; i++)
            _ = Ask(i);

        var sent = 0;
        for (var call = 2; sent < 904; call++)
        {
            Answer(call == 2 ? 0 : call - 1);
            await CalledAsync(call);
            Assert.InRange(_calls[call].Request.Reports.Count, 1, 500);
            Assert.InRange(_calls[call].Request.CalculateSize(), 1, 260 * 1024);
            sent += _calls[call].Request.Reports.Count;
        }

        Assert.Equal(2, _calls[2].Request.Reports.Count);
        Assert.Contains(_calls, call => call.Request.Reports.Count == 500);
    }

    [Fact]
    public async Task A_definition_that_is_sent_once_answers_every_claim_of_its_process()
    {
        Fill();
        var asked = new[] { "web", "db", "web" }.Select(guid => Ask(Claim(guid))).ToList();
        Answer(0);
        var (web, db) = (Version("web"), Version("db"));
        _calls[2]
            .Response.SetResult(
                new ReportResponse
                {
                    Answers =
                    {
                        new WorkReportAnswer { Claim = new ClaimActualLRPResponse { DesiredLrp = web } },
                        new WorkReportAnswer { Claim = new ClaimActualLRPResponse { DesiredLrp = db } },
                        new WorkReportAnswer { Claim = new ClaimActualLRPResponse { CurrentDefinition = web.ModificationTag } },
                    },
                }
            );

        var answers = await Task.WhenAll(asked);
        Assert.Equal(["web", "db", "web"], answers.Select(answer => answer.Claim.DesiredLrp.ProcessGuid));
    }

    private static DesiredLRP Version(string processGuid)
    {
        var definition = A.DesiredLrp(processGuid);
        definition.ModificationTag = new Scheduler.Contracts.V1.ModificationTag { Epoch = processGuid, Index = 1 };
        return definition;
    }

    // Both calls are in flight now; what follows waits for the first to end.
    private void Fill()
    {
        _ = Ask(0);
        _ = Ask(1);
    }

    private Task<WorkReportAnswer> Ask(int index, CancellationToken cancellation = default) =>
        Ask(new WorkReport { Start = A.Start("web", index, A.Instance($"i-{index}")) }, cancellation);

    private Task<WorkReportAnswer> Ask(WorkReport report, CancellationToken cancellation = default) =>
        _batches.AskAsync(report, cancellation);

    private static WorkReport Claim(string processGuid) => new() { Claim = A.Claim(processGuid, 0, A.Instance($"i-{processGuid}")) };

    private Task CalledAsync(int call) => Wait.UntilAsync(() => Task.FromResult(_calls.Count > call));

    private IEnumerable<int> IndicesOf(int call) => _calls[call].Request.Reports.Select(report => report.Start.ActualLrpKey.Index);

    private void Answer(int call)
    {
        var response = new ReportResponse();
        foreach (var _ in _calls[call].Request.Reports)
            response.Answers.Add(new WorkReportAnswer());
        _calls[call].Response.SetResult(response);
    }
}
