using Docker.DotNet.Models;
using Scheduler.Models;
using Scheduler.Rep.Runtime.Docker;

namespace Scheduler.Tests.Unit.Rep.Runtime.Docker;

public sealed class EnginePullTests
{
    private readonly EnginePull _pull = new("c1", "docker://web", DateTimeOffset.UnixEpoch);

    [Fact]
    public void Counts_layers_and_their_bytes()
    {
        Say("v1", "Pulling from team/web");
        Say("aa", "Already exists");
        Say("bb", "Pulling fs layer");
        Say("cc", "Waiting");
        Assert.Equal((1, 3), (_pull.Read().LayersDone, _pull.Read().Layers));
        Say("bb", "Downloading", 40, 100);
        Say("cc", "Downloading", 10, 50);
        Assert.Equal((50, 150), (_pull.Read().BytesDone, _pull.Read().Bytes));
        Say("bb", "Download complete");
        Say("bb", "Extracting", 3, 100);
        Assert.Equal((110, 150), (_pull.Read().BytesDone, _pull.Read().Bytes));
        Say("bb", "Pull complete");
        Assert.Equal(2, _pull.Read().LayersDone);
        _pull.ThrowIfFailed();
    }

    [Fact]
    public void A_failure_comes_after_success()
    {
        _pull.Report(new JSONMessage { Status = "Pulling from team/web" });
        _pull.Report(
            new JSONMessage
            {
                ErrorMessage = "no space left on device",
                Error = new JSONError { Message = "no space left on device" },
            }
        );
        var failed = Assert.Throws<DomainException>(_pull.ThrowIfFailed);
        Assert.Contains("no space left on device", failed.Message);
    }

    private void Say(string id, string status, long current = 0, long total = 0) =>
        _pull.Report(
            new JSONMessage
            {
                ID = id,
                Status = status,
                Progress = total > 0 ? new JSONProgress { Current = current, Total = total } : null,
            }
        );
}
