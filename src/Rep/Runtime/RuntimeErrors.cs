namespace Scheduler.Rep.Runtime;

/// <summary>The machine did not do what it should: a program is missing or failed, a mount was refused.</summary>
public class ContainerRuntimeException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>A process could not be started in its container; the message is fit for whoever owns the process.</summary>
public sealed class ProcessStartException(string message, Exception? inner = null) : ContainerRuntimeException(message, inner);
