using Google.Protobuf;

namespace Scheduler.Client.Apply;

/// <summary>An LRP or a task as a document describes it.</summary>
/// <param name="Source">The file and document, for messages.</param>
internal abstract record WantedWork(string Source)
{
    /// <summary>Its guid.</summary>
    public abstract string Name { get; }

    /// <summary>Its value of the key <c>kind</c>.</summary>
    public abstract string Kind { get; }

    /// <summary>What <c>scheduler wait</c> calls it. LRPs, of which there are more, have just their name in messages.</summary>
    public abstract string Title { get; }

    /// <summary>What is printed for programs.</summary>
    public abstract IMessage Message { get; }

    /// <summary>Validates it with the rules of the server.</summary>
    /// <exception cref="Models.DomainException">InvalidRequest: names the invalid fields and the rules they break.</exception>
    public abstract void Check(IServerCode server);
}
