using Microsoft.AspNetCore.Http;
using Scheduler.Router.Table;

namespace Scheduler.Router.Proxy;

/// <summary>One request on its way through the router.</summary>
/// <param name="started">Timestamp of its arrival.</param>
internal sealed class Visit(HttpContext context, string requestId, long started)
{
    private List<Backend>? _tried;

    public HttpContext Context => context;

    public string RequestId => requestId;

    public long Started => started;

    /// <summary>The hostname without its port.</summary>
    public string Host { get; set; } = "";

    /// <summary>The backend of the latest attempt.</summary>
    public Backend? Backend { get; set; }

    /// <summary>Backends that have failed.</summary>
    public IReadOnlyList<Backend> Tried => _tried ?? (IReadOnlyList<Backend>)[];

    public int Attempts { get; set; }

    /// <summary>Why the router answered itself.</summary>
    public RouterError? Error { get; set; }

    public bool IsUpgrade { get; set; }

    /// <summary>What the client asked for, without its query.</summary>
    public string Route => Host + context.Request.Path.Value;

    public void HasFailed(Backend backend) => (_tried ??= []).Add(backend);

    public Task RefuseAsync(RouterError error)
    {
        Error = error;
        return error.AnswerAsync(context);
    }
}
